import type { Picture } from "../runtime/host.ts";

/** ITU-R BT.709: shares of red and blue in the luma. */
const [redShare, blueShare] = [0.2126, 0.0722];

/**
 * A picture of three channels as planar Y'CbCr 4:2:0 of BT.709 in limited range, as video codecs want it: luma (h w), then both
 * chroma (⌈h/2⌉ ⌈w/2⌉), each the mean of its four pixels.
 */
export function toYuv420({ width, height, data }: Picture): Uint8Array {
  const [w, h] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const out = new Uint8Array(width * height + 2 * w * h);
  const sums = new Float32Array(2 * w * h);
  const counts = new Uint8Array(w * h);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      const [r, g, b] = [data[3 * i]!, data[3 * i + 1]!, data[3 * i + 2]!];
      const luma = redShare * r + (1 - redShare - blueShare) * g + blueShare * b;
      out[i] = Math.round(16 + (219 / 255) * luma);
      const block = (y >> 1) * w + (x >> 1);
      sums[2 * block]! += b - luma;
      sums[2 * block + 1]! += r - luma;
      counts[block]!++;
    }
  const chroma = (sum: number, count: number, share: number): number =>
    Math.round(128 + ((224 / 255) * sum) / count / (2 * (1 - share)));
  for (let block = 0; block < w * h; block++) {
    const at = width * height + block;
    out[at] = chroma(sums[2 * block]!, counts[block]!, blueShare);
    out[at + w * h] = chroma(sums[2 * block + 1]!, counts[block]!, redShare);
  }
  return out;
}
