import { describe, expect, test } from "vitest";
import type { Picture } from "../../src/runtime/host.ts";
import { corpusOf } from "./corpus.ts";
import { type Hand, hands } from "./hands.ts";
import { attributes, type DrawnScene, scenes } from "./scenes.ts";
import { splitOf } from "./splits.ts";
import { readThings } from "./things.ts";

const things = readThings().slice(0, 60);
const size = 24;
/** Each hand has its own pair of colours. */
const inks = [
  [230, 60, 90],
  [90, 40, 160],
  [40, 90, 60],
  [240, 190, 30],
  [30, 120, 200],
  [0, 0, 0],
];

/** Every thing in every hand: discs that fill their squares. */
const corpus = corpusOf(
  {
    size,
    things,
    pictures: things.flatMap((thing, i) => hands.map(({ name }) => [i, name, splitOf(thing, name)] as const)),
  },
  "generator",
  ({ hand, index }) => {
    const ink = inks[hands.findIndex(({ name }) => name === hand)]!;
    const pixels = new Uint8Array(size * size * 4);
    for (let at = 0; at < size * size; at++) {
      const [x, y] = [(at % size) + 0.5 - size / 2, Math.floor(at / size) + 0.5 - size / 2];
      if (Math.hypot(x, y) > size / 2) continue;
      const half = x > (index % 5) - 2;
      pixels.set([...ink.map((value) => (half ? value : 255 - value)), 255], at * 4);
    }
    return pixels;
  },
);

const all = scenes(corpus, 5, 60);
const picture = (scene: DrawnScene): Picture => scene.picture(64);
const [background, size_, place, hand] = attributes;

/** Of scenes that say it, the share of whose pictures, perhaps those of other scenes, it is seen. */
function share(attribute: typeof background, pictureOf: (i: number, among: readonly DrawnScene[]) => Picture): number {
  const { name, see } = attribute!;
  const telling = all.filter(({ said }) => said[name] !== undefined);
  return telling.filter((scene, i) => see(pictureOf(i, telling), scene) === scene.said[name]).length / telling.length;
}

describe("scenes", () => {
  test("say how they are shown; every third has two things", () => {
    expect(all.map(({ things }) => things.length)).toEqual(Array.from({ length: 60 }, (_, i) => (i % 3 === 2 ? 2 : 1)));
    for (const { said, things, prompt } of all) {
      expect(prompt()).toContain(` in ${said.hand} style`);
      if (things.length === 1) expect(prompt()).toContain(` ${said.background} `);
      if (said.place) expect(prompt()).toContain(said.place);
      if (said.size) expect(prompt()).toContain(`${said.size} `);
      expect(prompt()).not.toContain("tilted");
    }
    expect(scenes(corpus, 5, 20).map(({ prompt }) => prompt())).toEqual(all.slice(0, 20).map(({ prompt }) => prompt()));
  });

  test("ask for something else in the same words", () => {
    const scene = all.find(({ said }) => said.background && said.size && said.place)!;
    const others = { background: "turquoise", size: "large", place: "at the top", hand: "noto" };
    const asked = scene.prompt(others);
    for (const value of Object.values(others)) expect(asked).toContain(value);
    expect(scene.prompt({ size: "large" }).replace("large", scene.said.size!)).toBe(scene.prompt());
  });
});

describe("pixels", () => {
  test.each([
    [background!, 0.95, 0.3],
    [size_!, 0.95, 0.7],
    [place!, 0.95, 0.4],
  ])("tell $name", (attribute, most, chance) => {
    expect(share(attribute, (i, of) => picture(of[i]!))).toBeGreaterThan(most);
    // Pictures of other captions.
    expect(share(attribute, (i, of) => picture(of[(i + 1) % of.length]!))).toBeLessThan(chance);
  });

  test("tell hands by their drawings of the same scene, wherever these are", () => {
    const moved = (picture: Picture): Picture => {
      const data = picture.data.map((_, i, all) => all[(i + 3 * 64 * 3) % all.length]!);
      return { ...picture, data };
    };
    const drawnByAll = ({ pictureBy }: DrawnScene): boolean => hand!.values.every((name) => pictureBy(name as Hand, 8));
    const told = all.filter(drawnByAll);
    const [right, other] = [(i: number) => i, (i: number) => (i + 1) % told.length].map(
      (shown) => told.filter((one, i) => hand!.see(moved(picture(told[shown(i)]!)), one) === one.said.hand).length,
    );
    expect(right).toBeGreaterThan(0.9 * told.length);
    expect(other).toBeLessThan(0.5 * told.length);
    expect(told.length).toBeGreaterThan(30);
    expect(told.length).toBeLessThan(60);
    for (const scene of all) if (!drawnByAll(scene)) expect(hand!.see(picture(scene), scene)).toBeUndefined();
  });

  test("tell nothing of an empty picture", () => {
    const empty = { width: 64, height: 64, channels: 3 as const, data: new Uint8Array(64 * 64 * 3).fill(255) };
    expect(attributes.map(({ see }) => see(empty, all.find((scene) => hand!.see(empty, scene))!))).toEqual([
      "white",
      "nothing",
      "nowhere",
      "nobody",
    ]);
  });
});
