import { UserError } from "../../src/errors.ts";
import { crop, resize } from "../../src/image/resize.ts";
import type { Examples } from "../../src/training/data/examples.ts";
import { drawn, random } from "../../src/training/data/random.ts";
import { choice, object, preset, text } from "../../src/training/parse.ts";
import { caption } from "./captions.ts";
import { openMusic } from "./corpus.ts";

const options = object({
  /** Where render.ts wrote. */
  folder: preset(text, ".corpus-music"),
  subset: preset(choice("train", "held-loop", "held-pair"), "train"),
});

/**
 * Clips' spectrograms with captions, each clip once an epoch: the `module` of a config's data. Whole where the config says
 * `width`; else a square window of `crop` pixels, or all of it squeezed to `size`.
 */
export function examples(
  given: Readonly<Record<string, unknown>>,
  { seed, size, crop: edge, width }: { seed: number; size: number; crop: number; width?: number },
): Examples {
  const { folder, subset } = options(given, "tools/music/data.ts: options");
  const { entries, picture } = openMusic(folder, [subset]);
  return {
    size: entries.length,
    async example(index) {
      const dice = random(seed, index);
      const entry = entries[drawn(index, entries.length, seed)]!;
      const whole = picture(entry);
      const said = caption(dice, entry);
      if (width !== undefined || edge < size) {
        const [w, h] = [width ?? edge, width === undefined ? edge : size];
        if (size !== whole.height || w > whole.width || h > whole.height)
          throw new UserError(
            `clips are ${whole.width} × ${whole.height} pixels: make "size" ${whole.height} and windows smaller`,
          );
        const [x, y] = width === undefined ? [dice.int(whole.width - w + 1), dice.int(whole.height - h + 1)] : [0, 0];
        return { picture: crop(whole, x, y, w, h), caption: said };
      }
      return { picture: resize(whole, size, size, "box"), caption: said };
    },
  };
}
