import { combine, type Denoise, type Latents, predict } from "../../diffusion/index.ts";
import type { Picture } from "../../runtime/host.ts";
import { ndarray } from "../../runtime/ndarray.ts";

/** Seconds in which what is struck fades to 1/e, and how much weaker what is between two beats is struck. */
const [fading, between] = [0.12, 0.5];

/** Grey that pulses, and the share of black that a beat is struck by. */
const [grey, stroke] = [150, 0.5];

/** Instants of a column that its darkness is the mean of: beats fall between columns. */
const instants = 8;

/** Beats are accented down to this share of the trained steps: there it is settled where sounds are, not yet which. */
const accentedTo = 0.5;

/** Latents (1 c h w) that belong to a beat. */
export interface Pulse {
  /** By how much a sound's change where it is struck with the beat. */
  readonly change: Latents;
  /** Of silence. */
  readonly silence: Latents;
}

/** Spectra of one size: all tones struck at every beat, all tones sounding on, and silence. */
export interface Beating {
  readonly struck: Picture;
  readonly still: Picture;
  readonly silent: Picture;
}

/**
 * Spectra that differ by nothing but a beat. `every` are the columns from beat to beat, which need not be whole; the first is
 * at the beginning, and what sounds there faded from a beat before. Both spectra are equally dark on the whole.
 */
export function beating({ width, height }: Pick<Picture, "width" | "height">, every: number, step: number): Beating {
  const struckAt = (column: number): number => Math.exp(-((column % every) * step) / fading);
  const loud = Float64Array.from({ length: width }, (_, x) => {
    let sum = 0;
    for (let k = 0; k < instants; k++) {
      const column = x + (k + 0.5) / instants;
      sum += Math.max(struckAt(column), between * struckAt(column + every / 2)) / instants;
    }
    return sum;
  });
  const mean = loud.reduce((sum, value) => sum + value, 0) / width;
  const spectrum = (shade: (x: number) => number): Picture => {
    const data = new Uint8Array(3 * width * height);
    for (let i = 0; i < data.length; i++) data[i] = Math.round(shade(Math.floor(i / 3) % width));
    return { width, height, channels: 3, data };
  };
  return {
    struck: spectrum((x) => grey - 255 * stroke * (loud[x]! - mean)),
    still: spectrum(() => grey),
    silent: spectrum(() => 255),
  };
}

/**
 * Has a network's music struck with the beat while there is more noise than music: a pulse is added to what it takes for the
 * picture, in each row as much as there is to hear. What it draws from there on is on the beat, in sounds of its own choice.
 */
export function accented(denoise: Denoise, { change, silence }: Pulse, trainSteps: number): Denoise {
  return async (x, level, stage) => {
    const free = await denoise(x, level, stage);
    if (level.timestep < accentedTo * trainSteps) return free;
    const heard = loudnessOfRows(combine([1, free.denoised], [-1, silence]));
    const [, , h, w] = change.shape as [number, number, number, number];
    const pulse = ndarray(
      change.data.map((value, i) => value * heard[Math.floor(i / w) % h]!),
      change.shape,
    );
    return predict("sample", combine([1, free.denoised], [1, pulse]), x, level);
  };
}

/** How far each row of latents, (1 c h w), is from silence, beside the one that is farthest. */
function loudnessOfRows({ data, shape }: Latents): Float64Array {
  const [, , h, w] = shape as [number, number, number, number];
  const power = new Float64Array(h);
  for (let i = 0; i < data.length; i++) power[Math.floor(i / w) % h]! += data[i]! ** 2;
  const most = power.reduce((a, b) => Math.max(a, b), Number.MIN_VALUE);
  return power.map((value) => Math.sqrt(value / most));
}
