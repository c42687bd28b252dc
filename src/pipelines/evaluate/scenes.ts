import { dot, rowOf } from "../../evaluation/features.ts";
import { boxOf, maskOf } from "../../evaluation/figure.ts";
import { rankOf, topK } from "../../evaluation/ranking.ts";
import { crop } from "../../image/resize.ts";
import type { Picture } from "../../runtime/host.ts";
import type { ClipModel } from "../clip/clip.ts";
import { embedded, featuresOf, type Labels } from "./clip.ts";
import type { EvaluationProgress, Scene, Scenes } from "./data.ts";

/** How often what captions say of how things are shown is seen in their pictures. */
export interface AttributeFigures {
  readonly name: string;
  /** Pictures whose captions say it. */
  readonly pictures: number;
  readonly values: number;
  /** Share of those that show it. */
  readonly right: number;
}

export interface SceneFigures {
  /** By the pictures' own pixels. */
  readonly attributes: readonly (AttributeFigures & { readonly real: number })[];
  /** Of captions that name several things: each is found in its part of the picture. Shares of pictures. */
  readonly together?: { readonly pictures: number; readonly labels: number } & TogetherFigures & {
      readonly real: TogetherFigures;
    };
}

/** All things of a picture are CLIP's first choice among all, or among its first five. */
export interface TogetherFigures {
  readonly top1: number;
  readonly top5: number;
}

/** A scene, and a picture that is to be of it. */
export interface Staged {
  readonly scene: Scene;
  readonly picture: Picture;
}

/** Says how drawn pictures heed their captions, beside the scenes' own pictures. */
export async function* evaluateScenes(
  judge: ClipModel,
  labels: Labels,
  { attributes }: Scenes,
  drawn: readonly Staged[],
): AsyncGenerator<EvaluationProgress, SceneFigures> {
  const real = await Promise.all(
    drawn.map(async ({ scene, picture }) => ({ scene, picture: await scene.picture(picture.width) })),
  );
  const told: (AttributeFigures & { readonly real: number })[] = [];
  for (const [done, { name, values, see }] of attributes.entries()) {
    yield { label: "looking at scenes", done, total: attributes.length };
    const asked = drawn
      .map((one, i) => ({ ...one, real: real[i]!.picture, said: one.scene.said[name] }))
      .filter(({ said }) => said !== undefined)
      .map(({ scene, said, picture, real }) => ({ said, drawn: see(picture, scene), real: see(real, scene) }))
      .filter(({ real }) => real !== undefined);
    if (asked.length === 0) continue;
    const share = (whose: "drawn" | "real"): number =>
      asked.filter((one) => one[whose] === one.said).length / asked.length;
    told.push({ name, pictures: asked.length, values: values.length, right: share("drawn"), real: share("real") });
  }
  const several = ({ scene }: Staged): boolean => scene.things.length > 1;
  const together = drawn.filter(several);
  return {
    attributes: told,
    ...(together.length > 0 && {
      together: {
        pictures: together.length,
        labels: labels.count,
        ...(yield* togetherOf(judge, labels, together, "finding drawn things")),
        real: yield* togetherOf(judge, labels, real.filter(several), "finding real things"),
      },
    }),
  };
}

/** Says how often CLIP chooses, among captions that differ in one attribute alone, that of the picture. */
export async function* recogniseScenes(
  judge: ClipModel,
  { attributes, recognised }: Scenes,
  count: number,
): AsyncGenerator<EvaluationProgress, AttributeFigures[]> {
  const all = recognised(count);
  const pictures = yield* embedded(judge, all, "recognising scenes");
  const found: AttributeFigures[] = [];
  for (const [done, { name, values }] of attributes.entries()) {
    yield { label: "choosing captions", done, total: attributes.length };
    const right: boolean[] = [];
    for (const [i, { said, prompt }] of all.entries()) {
      if (said[name] === undefined) continue;
      const texts = featuresOf(await judge.embedTexts(values.map((value) => prompt({ [name]: value }))));
      const cosines = values.map((_, k) => dot(rowOf(pictures, i), rowOf(texts, k)));
      right.push(rankOf(cosines, values.indexOf(said[name])) === 0);
    }
    if (right.length === 0) continue;
    const share = right.filter((is) => is).length / right.length;
    found.push({ name, pictures: right.length, values: values.length, right: share });
  }
  return found;
}

async function* togetherOf(
  judge: ClipModel,
  labels: Labels,
  all: readonly Staged[],
  label: string,
): AsyncGenerator<EvaluationProgress, TogetherFigures> {
  const parts = all.flatMap(({ scene, picture }) =>
    scene.things.map((thing, i) => ({ thing, part: partOf(picture, i, scene.things.length) })),
  );
  const features = yield* embedded(
    judge,
    parts.map(({ part }) => ({ picture: () => part })),
    label,
  );
  const ranks = parts.map(({ thing }, i) => labels.rank(rowOf(features, i), thing));
  let at = 0;
  const worst = all.map(({ scene }) => {
    const first = at;
    at += scene.things.length;
    return Math.max(...ranks.slice(first, at));
  });
  return { top1: topK(worst, 1), top5: topK(worst, 5) };
}

/** The square of column `i` of `count` that has what is there in its middle. */
function partOf(picture: Picture, i: number, count: number): Picture {
  const { width, height } = picture;
  const edge = Math.floor(width / count);
  const column = crop(picture, i * edge, 0, edge, height);
  const { top, bottom } = boxOf(maskOf(column), edge) ?? { top: 0, bottom: 1 };
  const start = Math.round(((top + bottom) * height - edge) / 2);
  return crop(column, 0, Math.min(Math.max(start, 0), height - edge), edge, edge);
}
