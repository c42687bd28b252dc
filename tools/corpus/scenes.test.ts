import { describe, expect, test } from "vitest";
import type { Scene } from "../../src/pipelines/evaluate/data.ts";
import type { Picture } from "../../src/runtime/host.ts";
import { corpusOf } from "./corpus.ts";
import { handProbe } from "./hand-probe.ts";
import { hands } from "./hands.ts";
import { attributesOf, scenes } from "./scenes.ts";
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
const picture = (scene: Scene): Picture => scene.picture(64) as Picture;
const [background, size_, place] = attributesOf(corpus);

/** Of scenes that say it, the share of whose pictures, perhaps those of other scenes, it is seen. */
function share(attribute: typeof background, pictureOf: (i: number, among: readonly Scene[]) => Picture): number {
  const { name, see } = attribute!;
  const telling = all.filter(({ said }) => said[name] !== undefined);
  return telling.filter(({ said }, i) => see(pictureOf(i, telling)) === said[name]).length / telling.length;
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

  test("tell hands by their colours", () => {
    const see = handProbe(
      scenes(corpus, 6, 60).map(({ said, picture }) => ({ hand: said.hand!, picture: picture(64) })),
    );
    expect(all.filter((scene) => see(picture(scene)) === scene.said.hand).length).toBeGreaterThan(54);
    const other = all.filter((scene, i) => see(picture(all[(i + 1) % all.length]!)) === scene.said.hand);
    expect(other.length).toBeLessThan(30);
  });

  test("tell nothing of an empty picture", () => {
    const empty = { width: 64, height: 64, channels: 3 as const, data: new Uint8Array(64 * 64 * 3).fill(255) };
    expect([background!, size_!, place!].map(({ see }) => see(empty))).toEqual(["white", "nothing", "nowhere"]);
  });
});
