import { UserError } from "../../src/errors.ts";
import type { Examples } from "../../src/training/data/examples.ts";

/** A data module of plain squares: example n is as red as n, and called so. */
export function examples(
  { end }: Readonly<Record<string, unknown>>,
  { seed, crop }: { readonly seed: number; readonly crop: number },
): Examples {
  return {
    size: undefined,
    async example(index) {
      if (index === end) throw new UserError(`there is no picture ${index}`);
      const data = Uint8Array.from({ length: crop * crop * 3 }, (_, i) => (i % 3 === 0 ? index : seed));
      return { picture: { width: crop, height: crop, channels: 3, data }, caption: `${index}` };
    },
  };
}
