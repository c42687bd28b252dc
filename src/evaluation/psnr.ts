import type { Picture } from "../runtime/host.ts";
import { sameSize } from "./same-size.ts";

/** Peak signal-to-noise ratio of two 8-bit pictures: 10 log₁₀(255² / mean squared error), in dB; infinite when equal. */
export function psnr(a: Picture, b: Picture): number {
  sameSize("psnr", a, b);
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += (a.data[i]! - b.data[i]!) ** 2;
  return 10 * Math.log10((255 ** 2 * a.data.length) / sum);
}
