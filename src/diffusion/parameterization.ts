import { ndarray } from "../runtime/ndarray.ts";
import { combine, type Latents } from "./latents.ts";
import type { Level } from "./schedule.ts";

/** What a network was trained to tell: the noise ε, the velocity v = α·ε − σ·x₀ (Salimans and Ho 2022), or x₀. */
export type PredictionType = "epsilon" | "v_prediction" | "sample";

/** A network's answer at x, told both ways: x = alpha · denoised + sigma · noise. */
export interface Prediction {
  readonly denoised: Latents;
  readonly noise: Latents;
}

/** Bounds for the denoised picture, for models that work on pixels. */
export type Limit = (
  | { readonly kind: "clip"; readonly range: number }
  /** Dynamic thresholding: Saharia et al. 2022, section 2.3; `max` bounds the threshold. */
  | { readonly kind: "threshold"; readonly quantile: number; readonly max: number }
) & {
  /** Whether the noise stays as the network said it or becomes what the bounded picture leaves of x. */
  readonly keepNoise: boolean;
};

/** Reads a network's output at noisy latents x. */
export function predict(
  type: PredictionType,
  output: Latents,
  x: Latents,
  { alpha, sigma }: Level,
  limit?: Limit,
): Prediction {
  const free = interpret(type, output, x, alpha, sigma);
  if (!limit) return free;
  const denoised = bound(free.denoised, limit);
  return { denoised, noise: limit.keepNoise ? free.noise : interpret("sample", denoised, x, alpha, sigma).noise };
}

function interpret(type: PredictionType, output: Latents, x: Latents, alpha: number, sigma: number): Prediction {
  switch (type) {
    case "epsilon":
      return { denoised: combine([1 / alpha, x], [-sigma / alpha, output]), noise: output };
    case "v_prediction":
      return { denoised: combine([alpha, x], [-sigma, output]), noise: combine([sigma, x], [alpha, output]) };
    case "sample":
      return { denoised: output, noise: combine([1 / sigma, x], [-alpha / sigma, output]) };
  }
}

/** Latents at a noise level: Ho et al. 2020, eq. 4. */
export const addNoise = (clean: Latents, noise: Latents, { alpha, sigma }: Level): Latents =>
  combine([alpha, clean], [sigma, noise]);

/** The velocity that a v-predicting network learns. */
export const velocity = (clean: Latents, noise: Latents, { alpha, sigma }: Level): Latents =>
  combine([alpha, noise], [-sigma, clean]);

function bound(x: Latents, limit: Limit): Latents {
  const size = x.data.length / x.shape[0]!;
  const data = new Float32Array(x.data.length);
  for (let start = 0; start < data.length; start += size) {
    const picture = x.data.subarray(start, start + size);
    const range =
      limit.kind === "clip" ? limit.range : Math.min(Math.max(quantile(picture, limit.quantile), 1), limit.max);
    const scale = limit.kind === "clip" ? 1 : range;
    for (const [i, value] of picture.entries()) data[start + i] = Math.min(Math.max(value, -range), range) / scale;
  }
  return ndarray(data, x.shape);
}

/** Of absolute values, interpolated linearly between neighbours. */
function quantile(values: Float32Array, fraction: number): number {
  const sorted = values.map(Math.abs).sort();
  const position = fraction * (sorted.length - 1);
  const low = Math.floor(position);
  const above = sorted[Math.min(low + 1, sorted.length - 1)]!;
  return sorted[low]! + (position - low) * (above - sorted[low]!);
}
