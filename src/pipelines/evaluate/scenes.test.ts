import { describe, expect, it } from "vitest";
import { randomModelFolder } from "../../../tests/support/random-model-folder.ts";
import { data, finish, names, stripes } from "../../../tests/support/stripes.ts";
import { nodeHost } from "../../host/node.ts";
import { crop } from "../../image/resize.ts";
import type { Picture } from "../../runtime/host.ts";
import { ClipModel, similarities } from "../clip/clip.ts";
import { readLabels } from "./clip.ts";
import type { EvaluationProgress, Scene, Scenes } from "./data.ts";
import { evaluate } from "./evaluate.ts";
import { evaluateScenes } from "./scenes.ts";

const host = nodeHost();
const folder = await randomModelFolder();

describe("scenes", () => {
  /** Stripes that begin in the hue that is asked for, or two halves of stripes. */
  const tone = ({ data }: Picture): string => (data[0]! < 128 ? "dark" : "light");
  const attributes: Scenes["attributes"] = [{ name: "tone", values: ["dark", "light"], see: tone }];
  const light = ({ data, ...rest }: Picture): Picture => ({ ...rest, data: data.map((value) => 255 - value) });
  const scene = (things: readonly string[], said: string, shown = said): Scene => ({
    things,
    said: { tone: said },
    prompt: ({ tone: asked = said } = {}) => `a picture of ${things.join(" and ")}, ${asked}`,
    picture: (edge) => {
      const numbers = things.map((label) => names.indexOf(label));
      const half = stripes(numbers[0]!, edge);
      const other = stripes(numbers.at(-1)!, edge);
      const both = half.data.map((value, i) => (Math.floor(i / 3) % edge < edge / 2 ? value : other.data[i]!));
      return shown === "dark" ? { ...half, data: both } : light({ ...half, data: both });
    },
  });
  const dark = names.map((name) => scene([name], "dark"));
  const scenes = (of: readonly Scene[], seen = attributes): Scenes => ({
    attributes: seen,
    asked: (count) => of.slice(0, count),
    recognised: (count) => of.slice(0, count),
  });
  const withModel = async <T>(work: (model: ClipModel) => AsyncGenerator<EvaluationProgress, T>): Promise<T> => {
    const model = await ClipModel.open(host, folder);
    const { result } = await finish(work(model));
    await model.close();
    return result;
  };
  const judged = (of: readonly Scene[], shown: readonly Scene[], seen = attributes) =>
    withModel(async function* (model) {
      const labels = yield* readLabels(model, data.things);
      const staged = of.map((one, i) => ({ scene: one, picture: shown[i]!.picture(32) as Picture }));
      return yield* evaluateScenes(model, labels, scenes(of, seen), staged);
    });

  it("are seen as asked in their own pictures, and in others by how many show it", async () => {
    const own = await judged(dark, dark);
    expect(own).toEqual({ attributes: [{ name: "tone", pictures: 7, values: 2, right: 1, real: 1 }] });
    const others = [...dark.slice(0, 2), ...names.slice(2).map((name) => scene([name], "light"))];
    expect((await judged(dark, others)).attributes[0]).toMatchObject({ right: 2 / 7, real: 1 });
  });

  it("that do not let an attribute be told do not count", async () => {
    const told = ({ things }: Scene): boolean => !["bear", "sun"].includes(things[0]!);
    const some: Scenes["attributes"] = [
      { ...attributes[0]!, see: (picture, scene) => (told(scene) ? tone(picture) : undefined) },
      { ...attributes[0]!, see: () => undefined },
    ];
    expect((await judged(dark, dark, some)).attributes).toMatchObject([{ pictures: 5, right: 1, real: 1 }]);
  });

  it("of two things show each in its half", async () => {
    const pairs = names.map((name, i) => scene([name, names[(i + 1) % 7]!], "dark"));
    const { together } = await judged(pairs, pairs);
    expect(together).toMatchObject({ pictures: 7, labels: 7, real: { top1: together!.top1, top5: together!.top5 } });
    // Both halves of a scene are those of its things: each is ranked as it is alone.
    const ranks = await withModel(async function* (model) {
      const labels = yield* readLabels(model, data.things);
      const halves = pairs
        .map((pair) => pair.picture(32) as Picture)
        .map((whole) => [0, 16].map((x) => crop(whole, x, 8, 16, 16)));
      const of = async (half: Picture, label: string) => labels.rank((await model.embedImages([half])).data, label);
      return Promise.all(
        halves.map(async ([a, b], i) => Math.max(await of(a!, names[i]!), await of(b!, names[(i + 1) % 7]!))),
      );
    });
    expect(together!.top5).toBe(ranks.filter((rank) => rank < 5).length / 7);
  });

  it("are drawn in their order, and recognised by CLIP among captions that differ in one value", async () => {
    const mixed = names.map((name, i) => scene([name], i % 2 === 0 ? "dark" : "light"));
    const options = { seed: 3, things: 2, steps: 1, scenes: 3, batch: 2 };
    const { evaluation } = (await finish(evaluate(host, folder, { ...data, scenes: scenes(mixed) }, options))).result;
    expect(evaluation.scenes!.attributes).toMatchObject([{ name: "tone", pictures: 3, real: 1 }]);
    const right = await withModel(async function* (model) {
      yield { label: "", done: 0, total: 1 };
      const cosines = await Promise.all(
        mixed.map(async (one) => {
          const [[dark, light]] = similarities(
            await model.embedImages([one.picture(32) as Picture]),
            await model.embedTexts(["dark", "light"].map((tone) => one.prompt({ tone }))),
          ) as [[number, number]];
          return (dark > light ? "dark" : "light") === one.said.tone;
        }),
      );
      return cosines.filter((is) => is).length / 7;
    });
    expect(evaluation.attributes).toEqual([{ name: "tone", pictures: 7, values: 2, right }]);
  });
});
