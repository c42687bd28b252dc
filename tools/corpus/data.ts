import type { Examples } from "../../src/training/data/examples.ts";
import { choice, object, preset, share, text } from "../../src/training/parse.ts";
import { usuallyNamed } from "./captions.ts";
import { compose, usuallyPaired } from "./compose.ts";
import { openCorpus } from "./corpus.ts";

const options = object({
  /** Where render.ts wrote. */
  folder: preset(text, ".corpus"),
  subset: preset(choice("autoencoder", "generator", "clip", "held-things", "held-pairs", "unseen-hand"), "generator"),
  /** Share of pictures with one large thing on white. */
  plain: preset(share, 0.7),
  /** Share of the others with two things. */
  paired: preset(share, usuallyPaired),
  /** Share of pictures redrawn with dark outlines. */
  inked: preset(share, 0),
  /** Share of pictures whose things are bent and recoloured. */
  distorted: preset(share, 0),
  /** Share of black drawings that are coloured. */
  tinted: preset(share, 0),
  /** Share of pictures that are blurred. */
  soft: preset(share, 0),
  /** Share of pictures in fours that show the same thing in different ways. */
  alike: preset(share, 0),
  /** Share of pictures that come with similar things. */
  near: preset(share, 0),
  /** Share of captions that name the hand. */
  named: preset(share, usuallyNamed),
});

/** Composed pictures for training: the `module` of a config's data. */
export function examples(
  given: Readonly<Record<string, unknown>>,
  { seed, size, crop }: { readonly seed: number; readonly size: number; readonly crop: number },
): Examples {
  const { folder, subset, ...how } = options(given, "tools/corpus/data.ts: options");
  const corpus = openCorpus(folder, subset);
  return {
    size: undefined,
    async example(index) {
      const { pixels, caption } = compose(corpus, seed, index, { size, crop, ...how });
      return { picture: { width: crop, height: crop, channels: 3, data: pixels }, caption };
    },
  };
}
