import "./ops/blocks.ts";
import type { Padding, Window } from "./ops/conv.ts";
import { rewrite } from "./rewrite.ts";
import { apply, type Tensor } from "./tensor.ts";

type Sizes = readonly [number, number, number, number];

/**
 * The same outputs with gradients of convolutions that move by several pixels as those of convolutions that move by one over
 * blocks of as many: the pixels of a block are channels there, and no zeros are multiplied. So are the convolutions
 * themselves where a window is one block, unless their kernels are weights, which have faster forms.
 */
export const unstrided = (outputs: readonly Tensor[], isWeight: (x: Tensor) => boolean): Tensor[] =>
  rewrite(outputs, (y) => {
    const { stride } = (y.attributes ?? {}) as Partial<Window>;
    if (stride === undefined || stride === 1) return y;
    if (y.op.name === "conv2dInputGrad") return inputGradient(y);
    if (y.op.name === "conv2dWeightGrad") return weightGradient(y);
    return y.op.name === "conv2d" && seesBlocks(y) && !isWeight(y.inputs[1]!) ? convolved(y, stride) : y;
  });

/** Whether windows lie side by side and fill the picture. */
function seesBlocks({ inputs: [x, weight], attributes }: Tensor): boolean {
  const { stride, padding } = attributes as Window;
  const fills = [2, 3].every((axis) => weight!.shape[axis] === stride && Number(x!.shape[axis]) % stride === 0);
  return fills && padding.every((side) => side === 0) && x!.shape.every((length) => typeof length === "number");
}

function convolved({ inputs: [x, weight, ...bias] }: Tensor, stride: number): Tensor {
  const window: Window = { stride: 1, padding: [0, 0, 0, 0] };
  return apply("conv2d", [toBlocks(x!, stride), toBlocks(weight!, stride), ...bias], window);
}

function inputGradient(y: Tensor): Tensor {
  const [dy, weight] = y.inputs as [Tensor, Tensor];
  const { stride, padding } = y.attributes as Window;
  const [, , kh, kw] = weight.shape as Sizes;
  const kernel = toBlocks(fitted(weight, [0, 0, missing(kh, stride), missing(kw, stride)]), stride);
  const sides = aroundBlocks(y, dy, kernel, stride, padding);
  const [n, , oh, ow] = dy.shape as Sizes;
  const [, c, h, w] = kernel.shape as Sizes;
  const shape = [n, c, oh + h - 1, ow + w - 1];
  const blocks = apply("conv2dInputGrad", [dy, kernel], { stride: 1, padding: [0, 0, 0, 0], shape });
  return fitted(fromBlocks(blocks, stride), sides.map((side) => -side) as unknown as Padding);
}

function weightGradient(y: Tensor): Tensor {
  const [x, dy] = y.inputs as [Tensor, Tensor];
  const { stride, padding } = y.attributes as Window;
  const [out, c, kh, kw] = y.shape as Sizes;
  const shape = [out, c * stride ** 2, Math.ceil(kh / stride), Math.ceil(kw / stride)];
  const blocks = toBlocks(fitted(x, aroundBlocks(x, dy, { shape }, stride, padding)), stride);
  const gradient = apply("conv2dWeightGrad", [blocks, dy], { stride: 1, padding: [0, 0, 0, 0], shape });
  return fitted(fromBlocks(gradient, stride), [0, 0, -missing(kh, stride), -missing(kw, stride)]);
}

/** What a length lacks to a multiple of the stride. */
const missing = (length: number, stride: number): number => Math.ceil(length / stride) * stride - length;

/** Zeros around x for the blocks that dy's windows see; what they do not see is cut off. */
function aroundBlocks(
  x: Tensor,
  dy: Tensor,
  kernel: Pick<Tensor, "shape">,
  stride: number,
  [top, left]: Padding,
): Padding {
  const after = (axis: 2 | 3, before: number): number =>
    stride * (Number(dy.dim(axis)) + Number(kernel.shape[axis]) - 1) - before - Number(x.dim(axis));
  return [top, left, after(2, top), after(3, left)];
}

const toBlocks = (x: Tensor, size: number): Tensor => apply("toBlocks", [x], { size });
const fromBlocks = (x: Tensor, size: number): Tensor => apply("fromBlocks", [x], { size });

/** Zeros around planes; negative sides are cut off. */
function fitted(x: Tensor, [top, left, bottom, right]: Padding): Tensor {
  const cut = (t: Tensor, axis: 2 | 3, before: number, after: number): Tensor =>
    t.slice(axis, Math.max(0, -before), Number(t.dim(axis)) + Math.min(0, after));
  const zeros = (before: number, after: number): [number, number] => [Math.max(0, before), Math.max(0, after)];
  return cut(cut(x, 2, top, bottom), 3, left, right).pad([[0, 0], [0, 0], zeros(top, bottom), zeros(left, right)]);
}
