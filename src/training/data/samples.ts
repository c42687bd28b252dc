import { UserError } from "../../errors.ts";
import type { Host } from "../../runtime/host.ts";
import { cutSquare } from "./cut.ts";
import type { Cut, Examples } from "./examples.ts";
import { drawn, random } from "./random.ts";

/** A stored picture with its caption, wherever they lie. */
export interface Sample {
  /** What messages call the picture. */
  readonly name: string;
  picture(): Promise<Uint8Array>;
  caption(): Promise<string>;
}

const pictureEndings = new Set(["png", "jpg", "jpeg", "webp", "avif"]);

/** "photo.of.bear.JPG" → ["photo.of.bear", "jpg"] */
export function splitEnding(name: string): [stem: string, ending: string] {
  const dot = name.lastIndexOf(".");
  return dot < 0 ? [name, ""] : [name.slice(0, dot), name.slice(dot + 1).toLowerCase()];
}

export const isPicture = (ending: string): boolean => pictureEndings.has(ending);

/** Text of a caption file. Throws UserError when it is not UTF-8. */
export function decodeText(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`${name} is not UTF-8 text; save it as UTF-8`);
  }
}

/** Stored samples as examples: each once an epoch in a new order, cut and mirrored by seed and place in the sequence. */
export function sampled(samples: readonly Sample[], host: Host, seed: number, cut: Cut): Examples {
  return {
    size: samples.length,
    async example(index) {
      const sample = samples[drawn(index, samples.length, seed)]!;
      const [bytes, caption] = await Promise.all([sample.picture(), sample.caption()]);
      const picture = await host.decodePicture(bytes, sample.name);
      return { picture: cutSquare(picture, random(seed, index), cut), caption: caption.trim() };
    },
  };
}
