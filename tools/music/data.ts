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
 * Clips' spectrograms with captions, each clip once an epoch: the `module` of a config's data. All of a clip, made `size`
 * pixels high and `width` wide where it is not so already, or a square window of `crop` pixels.
 */
export function examples(
  given: Readonly<Record<string, unknown>>,
  { seed, size, crop: edge, width }: { seed: number; size: number; crop: number; width: number },
): Examples {
  const { folder, subset } = options(given, "tools/music/data.ts: options");
  const { entries, picture } = openMusic(folder, [subset]);
  return {
    size: entries.length,
    async example(index) {
      const dice = random(seed, index);
      const entry = entries[drawn(index, entries.length, seed)]!;
      const whole = resize(picture(entry), width, size, "box");
      const place = (room: number): number => dice.int(room + 1);
      const shown = edge < size ? crop(whole, place(width - edge), place(size - edge), edge, edge) : whole;
      return { picture: shown, caption: caption(dice, entry) };
    },
  };
}
