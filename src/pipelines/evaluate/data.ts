import { permutation } from "../../random/philox.ts";
import type { Picture } from "../../runtime/host.ts";

/** Something that pictures show. */
export interface Thing {
  /** What tells it from others: `bear`. */
  readonly label: string;
  /** What it is asked for with: `a picture of a bear`. */
  readonly prompt: string;
}

/** A picture of any size. */
export interface Pictured {
  /** RGB, `edge` pixels high and wide. */
  picture(edge: number): Picture | Promise<Picture>;
}

/** A picture and what it shows. */
export interface Shown extends Thing, Pictured {}

export interface PictureSet {
  readonly name: string;
  readonly pictures: readonly Shown[];
}

/** Something that captions say of how things are shown, such as the background. */
export interface Attribute<S extends Scene = Scene> {
  readonly name: string;
  /** All that can be said of it. */
  readonly values: readonly string[];
  /**
   * What is to be said of a picture that is to show the scene, by its own pixels, perhaps none of the values; undefined where
   * this scene does not let it be told.
   */
  see(picture: Picture, scene: S): string | undefined;
}

/** A picture of one thing, or of several side by side, and how they are shown. */
export interface Scene extends Pictured {
  /** Labels, from left to right. */
  readonly things: readonly string[];
  /** Values of attributes, by their names. */
  readonly said: Readonly<Record<string, string>>;
  /** What it is asked for with; with other values in place of some. */
  prompt(others?: Readonly<Record<string, string>>): string;
}

/** Pictures that tell whether a model heeds more than the things that are asked for. */
export interface Scenes {
  readonly attributes: readonly Attribute[];
  /** What may be drawn; of more the first are the same. */
  asked(count: number): readonly Scene[];
  /** What CLIP has to recognise, and has not seen. */
  recognised(count: number): readonly Scene[];
}

/** What a model is measured on. */
export interface EvaluationData {
  /** Everything that can be asked for; empty where pictures have no labels. */
  readonly things: readonly Thing[];
  /** What an autoencoder has to give back. */
  readonly reconstructed: readonly PictureSet[];
  /** What CLIP has to recognise among all things. */
  readonly recognised: readonly PictureSet[];
  /** What drawn pictures are compared with. */
  readonly known: readonly Shown[];
  readonly scenes?: Scenes;
}

/** The first `count` entries of a seeded shuffle. */
export const choose = <T>(items: readonly T[], count: number, seed: number): T[] =>
  Array.from(permutation(seed, 0, items.length).subarray(0, count), (i) => items[i]!);

/** As many pictures at once as have 2¹⁷ pixels together, so that memory does not depend on their size. */
const pixelsAtOnce = 2 ** 17;

/** How many pictures of a size that is. */
export const pictureBatch = (edge: number): number => Math.max(1, Math.floor(pixelsAtOnce / edge ** 2));

/** Pictures of a set, `edge` pixels high and wide, some at a time. */
export async function* batches(set: readonly Pictured[], edge: number): AsyncGenerator<Picture[]> {
  const size = pictureBatch(edge);
  for (let start = 0; start < set.length; start += size)
    yield Promise.all(set.slice(start, start + size).map((one) => one.picture(edge)));
}

/** How far a measurement is. */
export interface EvaluationProgress {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  readonly detail?: string;
}

export const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}
