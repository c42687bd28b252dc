import { crop, resize } from "../../src/image/resize.ts";
import type { Examples } from "../../src/training/data/examples.ts";
import { drawn, type Random, random } from "../../src/training/data/random.ts";
import { choice, object, preset, text } from "../../src/training/parse.ts";
import { caption } from "./captions.ts";
import { openMusic } from "./corpus.ts";
import { slowest } from "./plan.ts";

const options = object({
  /** Where render.ts wrote. */
  folder: preset(text, ".corpus-music"),
  subset: preset(choice("train", "held-loop", "held-pair"), "train"),
});

/** Share of the examples that are slowed down, and the least part of their tempo that is left. */
const [slowed, least] = [0.4, 0.75];

/**
 * Clips' spectrograms with captions, each clip once an epoch: the `module` of a config's data. All of a clip, made `size`
 * pixels high and `width` wide where it is not so already, or a square window of `crop` pixels. Some clips are slowed down:
 * so the same music is met at several tempi, which only what is said of the tempo tells apart.
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
      const bpm = dice.chance(slowed) ? slower(dice, entry.bpm) : entry.bpm;
      const clip = picture(entry);
      const heard = crop(clip, 0, 0, Math.round((clip.width * bpm) / entry.bpm), clip.height);
      const whole = resize(heard, width, size, heard.width < width ? "bilinear" : "box");
      const place = (room: number): number => dice.int(room + 1);
      const shown = edge < size ? crop(whole, place(width - edge), place(size - edge), edge, edge) : whole;
      return { picture: shown, caption: caption(dice, { ...entry, bpm }) };
    },
  };
}

/** A tempo that is not faster, on the grid of four on which most are. */
function slower(dice: Random, bpm: number): number {
  const drawn = dice.real(Math.max(slowest, least * bpm), bpm);
  return Math.min(bpm, 4 * Math.ceil(drawn / 4));
}
