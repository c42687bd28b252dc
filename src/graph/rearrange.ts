import { type Dim, divDims, mulDims } from "./dim.ts";
import { ShapeError } from "./shape-error.ts";
import type { Tensor } from "./tensor.ts";

type Names<P extends string> = P extends `${infer A} ${infer Rest}` ? A | Names<Rest> : P;

/**
 * Reads axis lengths by name: `dims(x, "n c h w")` → `{ n, c, h, w }`. Checks the rank, and that an axis written as a
 * number has that length.
 */
export function dims<P extends string>(x: Tensor, pattern: P): Record<Names<P>, Dim> {
  const names = pattern.split(" ");
  const fits = names.length === x.rank && names.every((name, i) => !/^\d+$/.test(name) || x.shape[i] === Number(name));
  if (!fits) throw new ShapeError("dims", [x], `it must be (${pattern})`);
  return Object.fromEntries(names.map((name, i) => [name, x.shape[i]])) as Record<Names<P>, Dim>;
}

/** `"n (h w) c"` → [["n"], ["h", "w"], ["c"]]. */
function axes(side: string): string[][] {
  return [...side.trim().matchAll(/\(([^)]*)\)|(\S+)/g)].map((m) =>
    (m[1] ?? m[2]!).split(" ").filter((a) => a !== "1" && a !== ""),
  );
}

/**
 * Splits, reorders and joins axes by a pattern such as `"n l (h d) -> n h l d"` (Rogozhnikov 2022).
 * Lengths that the shape does not tell are given in `sizes`; a `1` is an axis of length one.
 */
export function rearrange(x: Tensor, pattern: string, sizes: Readonly<Record<string, Dim>> = {}): Tensor {
  const [left, right] = pattern.split("->").map((side) => axes(side)) as [string[][], string[][]];
  if (left.length !== x.rank) throw new ShapeError("rearrange", [x], `it must be (${pattern.split("->")[0]!.trim()})`);
  const length = new Map<string, Dim>(Object.entries(sizes));
  left.forEach((group, i) => {
    const open = group.filter((a) => !length.has(a));
    const known = mulDims(...group.filter((a) => length.has(a)).map((a) => length.get(a)!));
    const rest = divDims(x.shape[i]!, known);
    if (open.length > 1 || rest === undefined || (open.length === 0 && rest !== 1)) {
      throw new ShapeError(
        "rearrange",
        [x],
        `axis ${i} must be (${group.join(" ")}) of "${pattern}" with ${JSON.stringify(sizes)}`,
      );
    }
    if (open[0]) length.set(open[0], rest);
  });
  const before = left.flat();
  const after = right.flat();
  const split = x.reshape(before.map((a) => length.get(a)!));
  const order = after.map((a) => before.indexOf(a));
  if (order.includes(-1) || order.length !== before.length)
    throw new ShapeError("rearrange", [x], `"${pattern}" must name each axis on both sides`);
  return split.transpose(order).reshape(right.map((group) => mulDims(...group.map((a) => length.get(a)!))));
}
