import { permutation } from "../random/philox.ts";
import { ints, type NdArray } from "../runtime/ndarray.ts";

/** How many of a picture's patches are left of a grid of `patches` when a share is masked: one at least. */
export const patchesLeft = (patches: number, masked = 0): number => Math.max(1, Math.round(patches * (1 - masked)));

/**
 * Which tokens of each picture of a batch a vision tower sees where patches are masked, (n 1+left): the whole's, number 0,
 * and `left` of the patches' that chance chooses by seed and the batch's number. Li et al. 2023 (FLIP), section 3.
 */
export function tokensLeft(
  { seed, batch, patches, left }: Readonly<Record<"seed" | "batch" | "patches" | "left", number>>,
  index: number,
): NdArray<"i64"> {
  const rows = Array.from({ length: batch }, (_, row) => {
    const chosen = permutation(seed, index * batch + row, patches).subarray(0, left);
    return [0, ...Array.from(chosen, (patch) => 1 + patch)];
  });
  return ints(rows.flat(), [batch, 1 + left]);
}
