import { crop, resize } from "../../src/image/resize.ts";
import type { Examples } from "../../src/training/data/examples.ts";
import { drawn, type Random, random } from "../../src/training/data/random.ts";
import { choice, count, object, preset, text } from "../../src/training/parse.ts";
import { caption } from "./captions.ts";
import { columns as all } from "./clips.ts";
import { type Entry, openMusic } from "./corpus.ts";
import { genre as genreOf } from "./genres.ts";
import { parameters } from "./parameters.ts";
import { slowest } from "./plan.ts";

const options = object({
  /** Where render.ts wrote. */
  folder: preset(text, ".corpus-music"),
  subset: preset(choice("train", "held-loop", "held-pair"), "train"),
  /** Of a clip, from the beginning of one of its bars. */
  columns: preset(count, 256),
});

/** Share of the examples that are slowed down, and the least part of their tempo that is left. */
const [slowed, least] = [0.4, 0.75];

/**
 * Clips' spectrograms with captions, each clip once an epoch: the `module` of a config's data. Some bars of a clip, made
 * `size` pixels high and `width` wide where they are not so already, or a square window of `crop` pixels. Some are slowed
 * down: so the same music is met at several tempi, which only what is said of the tempo tells apart.
 */
export function examples(
  given: Readonly<Record<string, unknown>>,
  { seed, size, crop: edge, width }: { seed: number; size: number; crop: number; width: number },
): Examples {
  const { folder, subset, columns } = options(given, "tools/music/data.ts: options");
  const { entries, picture } = openMusic(folder, [subset]);
  return {
    size: entries.length,
    async example(index) {
      const dice = random(seed, index);
      const entry = entries[drawn(index, entries.length, seed)]!;
      const bpm = dice.chance(slowed) ? slower(dice, entry.bpm) : entry.bpm;
      const clip = picture(entry);
      const span = Math.round((columns * bpm) / entry.bpm);
      const heard = crop(clip, dice.pick(barsOf(entry, all - span)), 0, span, clip.height);
      const whole = resize(heard, width, size, heard.width < width ? "bilinear" : "box");
      const place = (room: number): number => dice.int(room + 1);
      const shown = edge < size ? crop(whole, place(width - edge), place(size - edge), edge, edge) : whole;
      return { picture: shown, caption: caption(dice, { ...entry, bpm }) };
    },
  };
}

/** Columns up to `last` at which bars of a clip begin. */
function barsOf({ genre, bpm }: Entry, last: number): number[] {
  const bar = ((genreOf(genre).beats ?? 4) * 60_000) / bpm / parameters.stepMs;
  return Array.from({ length: 1 + Math.floor(last / bar) }, (_, k) => Math.round(k * bar));
}

/** A tempo that is not faster, on the grid of four on which most are. */
function slower(dice: Random, bpm: number): number {
  const drawn = dice.real(Math.max(slowest, least * bpm), bpm);
  return Math.min(bpm, 4 * Math.ceil(drawn / 4));
}
