import { ndarray } from "../runtime/ndarray.ts";
import { combine, type Latents } from "./latents.ts";

/**
 * Classifier-free guidance: Ho and Salimans 2022. Away from what the network says without the prompt, by `scale`:
 * 1 is the prompt alone, 0 no prompt. Works on ε, v and x₀ alike.
 */
export const guide = (unconditional: Latents, conditional: Latents, scale: number): Latents =>
  combine([1 - scale, unconditional], [scale, conditional]);

/**
 * Guidance rescale: Lin et al. 2024, section 3.4. Brings each guided picture back to the standard deviation of its
 * conditional one, by the share `amount` in 0 … 1.
 */
export function rescaleGuidance(guided: Latents, conditional: Latents, amount: number): Latents {
  const size = guided.data.length / guided.shape[0]!;
  const data = new Float32Array(guided.data.length);
  for (let start = 0; start < data.length; start += size) {
    const picture = guided.data.subarray(start, start + size);
    const target = deviation(conditional.data.subarray(start, start + size));
    const factor = amount * (target / deviation(picture)) + (1 - amount);
    for (const [i, value] of picture.entries()) data[start + i] = value * factor;
  }
  return ndarray(data, guided.shape);
}

function deviation(values: Float32Array): number {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
}
