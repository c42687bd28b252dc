import { concat } from "./ops/movement.ts";
import type { Affine } from "./ops/quantized.ts";
import "./ops/quantized.ts";
import { topological } from "./order.ts";
import { rewrite } from "./rewrite.ts";
import { apply, type Tensor } from "./tensor.ts";

/** Least and greatest number that goes into a convolution, then of what comes out. */
export type Range = readonly [lowIn: number, highIn: number, lowOut: number, highOut: number];

/** By the key of the convolution's weight. */
export type Ranges = Readonly<Record<string, Range>>;

/** Convolutions of fewer channels, a network's first and last, have little to gain and much to lose. */
const fewestChannels = 16;

/** Errors at a network's end go into its result as they are. A residual block and its attention have two each. */
const lastOnes = 4;

/** Results within a residual branch. What halves, doubles or projects the stream itself would err for all that follows. */
const ofBranches = new Set(["silu", "groupNorm", "reshape"]);

const suffersBytes = ({ op, inputs: [x, weight] }: Tensor): boolean =>
  op.name === "conv2d" &&
  ofBranches.has(x!.op.name) &&
  [0, 1].every((axis) => Number(weight!.dim(axis)) >= fewestChannels);

/** The range (4) of each convolution that had better be calculated in bytes, by the key of its weight. */
export function observedRanges(outputs: readonly Tensor[], isWeight: (x: Tensor) => boolean): Record<string, Tensor> {
  const convolutions = topological(outputs)
    .filter((y) => suffersBytes(y) && isWeight(y.inputs[1]!))
    .slice(0, -lastOnes);
  const extremes = (x: Tensor): Tensor[] => [x.neg().max().neg(), x.max()].map((value) => value.reshape([1]));
  return Object.fromEntries(
    convolutions.map((y) => [y.inputs[1]!.name!, concat([...extremes(y.inputs[0]!), ...extremes(y)], 0)]),
  );
}

/** Bytes for a range, which must hold zero exactly: it pads pictures. */
function affine(low: number, high: number): Affine {
  const [least, most] = [Math.min(low, 0), Math.max(high, 0)];
  const scale = (most - least) / 255 || 1;
  return { scale, zero: Math.round(-least / scale) };
}

/**
 * The same outputs with weights of eight bits, each row with a scale of its own: linear layers of tokens quantise what
 * they see as it comes, convolutions by the ranges that were observed. All else, attention's products too, stays as it is.
 * Jacob et al. 2018.
 */
export function quantized(outputs: readonly Tensor[], ranges: Ranges, isWeight: (x: Tensor) => boolean): Tensor[] {
  return rewrite(outputs, (y) => {
    const [x, weight, bias] = y.inputs;
    if (!weight || !isWeight(weight)) return y;
    const scales = apply("int8Scales", [weight]);
    if (y.op.name === "linear" && x!.rank > 2)
      return apply("quantizedLinear", [x!, apply("int8Columns", [weight]), scales, ...(bias ? [bias] : [])]);
    const range = y.op.name === "conv2d" ? ranges[weight.name!] : undefined;
    if (!range) return y;
    const from = affine(range[0], range[1]);
    return apply("quantizedConv2d", [x!, apply("int8Kernel", [weight]), scales, ...(bias ? [bias] : [])], {
      ...(y.attributes as object),
      from,
      to: affine(range[2], range[3]),
    });
  });
}
