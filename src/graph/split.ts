import type { TensorType } from "./op.ts";
import { rewrite } from "./rewrite.ts";
import { apply, type Tensor } from "./tensor.ts";

/** Rows of a weight that stand for a weight of their own. */
export interface Part {
  readonly weight: Tensor;
  readonly start: number;
  readonly end: number;
}

interface Slice {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The same outputs with a slice of a linear layer's results as a layer of these rows of its weight, so that nothing is
 * copied: both halves of a gate, for instance. With the parts of weights that there are now, by their names.
 */
export function split(
  outputs: readonly Tensor[],
  isWeight: (x: Tensor) => boolean,
): { readonly outputs: Tensor[]; readonly parts: ReadonlyMap<string, Part> } {
  const parts = new Map<string, Part>();
  const made = new Map<string, Tensor>();
  const part = (weight: Tensor, start: number, end: number): Tensor => {
    const name = `${weight.name}[${start}:${end}]`;
    const { dtype } = weight;
    const type: TensorType = { shape: [end - start, ...weight.shape.slice(1)], dtype };
    const known = made.get(name) ?? apply("parameter", [], type);
    known.name = name;
    made.set(name, known);
    parts.set(name, { weight, start, end });
    return known;
  };
  const changed = rewrite(outputs, (y) => {
    const [layer] = y.inputs;
    if (y.op.name !== "slice" || layer!.op.name !== "linear") return y;
    const { axis, start, end } = y.attributes as Slice;
    const [x, ...weights] = layer!.inputs;
    if (axis !== layer!.rank - 1 || !weights.every(isWeight)) return y;
    return apply("linear", [x!, ...weights.map((weight) => part(weight, start, end))]);
  });
  return { outputs: changed, parts };
}
