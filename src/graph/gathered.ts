import "./ops/blocked.ts";
import type { Window } from "./ops/conv.ts";
import { linear } from "./ops/linalg.ts";
import { rearrange } from "./rearrange.ts";
import { rewrite } from "./rewrite.ts";
import { apply, type Tensor } from "./tensor.ts";

/** Pixels of a picture up to which a convolution's product, picture by picture, is too small to be fast. */
const fewPixels = 64;
/** Rows from which on one product of all pictures is fast. */
const manyRows = 256;
/** Channels from which on pixels are gathered fast. */
const manyChannels = 16;

interface Places {
  /** Height and width of what is made and of what is looked at. */
  readonly to: readonly [number, number];
  readonly from: readonly [number, number];
  readonly kernel: readonly [number, number];
  /** Where the pixel at a place looks by a position of the kernel. */
  look(place: number, position: number, axis: 0 | 1): number;
}

/** For each pixel, and each position of the kernel, the pixel that is seen; outside: the one behind the last, zeros. */
function places({ to, from, kernel, look }: Places): number[] {
  const [h, w] = from;
  const found: number[] = [];
  for (let row = 0; row < to[0]; row++)
    for (let column = 0; column < to[1]; column++)
      for (let i = 0; i < kernel[0]; i++)
        for (let j = 0; j < kernel[1]; j++) {
          const [y, x] = [look(row, i, 0), look(column, j, 1)];
          found.push(y >= 0 && y < h && x >= 0 && x < w ? y * w + x : h * w);
        }
  return found;
}

const plane = (x: Tensor): [number, number] => x.shape.slice(2) as [number, number];
const rowsOf = (x: Tensor): Tensor => rearrange(x, "n c h w -> (n h w) c");

/** What each pixel sees, (n·h·w, kernel positions · channels). */
function seen(x: Tensor, at: Omit<Places, "from">): Tensor {
  const [n, c] = x.shape as readonly number[];
  const [kh, kw] = at.kernel;
  const picked = places({ ...at, from: plane(x) });
  const itself = kh * kw === 1 && picked.every((place, i) => place === i);
  const pixels = rearrange(x, "n c h w -> n (h w) c");
  return (itself ? pixels : apply("pick", [pixels], { places: picked })).reshape([
    (n! * picked.length) / (kh * kw),
    kh * kw * c!,
  ]);
}

/** Rows of pixels as pictures like `y`. */
const pictures = (rows: Tensor, y: Tensor): Tensor => {
  const [n, , h, w] = y.shape as [number, number, number, number];
  return rearrange(rows, "(n h w) c -> n c h w", { n, h, w });
};

/** A kernel (out in h w) as (out, positions · in). */
function kernelRows(weight: Tensor): Tensor {
  const [out, into, h, w] = weight.shape as [number, number, number, number];
  return weight
    .reshape([out, into, h * w])
    .transpose([0, 2, 1])
    .reshape([out, h * w * into]);
}

const convolved = (y: Tensor, [x, weight, bias]: readonly Tensor[], { stride, padding }: Window): Tensor => {
  const look = (place: number, position: number, axis: 0 | 1): number => place * stride + position - padding[axis];
  return pictures(linear(seen(x!, { to: plane(y), kernel: plane(weight!), look }), kernelRows(weight!), bias), y);
};

const inputGradient = (y: Tensor, [dy, weight]: readonly Tensor[], { padding }: Window): Tensor => {
  const kernel = plane(weight!);
  const look = (place: number, position: number, axis: 0 | 1): number => place + padding[axis] - position;
  const turned = weight!.transpose([1, 0, 2, 3]);
  return pictures(linear(seen(dy!, { to: plane(y), kernel, look }), kernelRows(turned)), y);
};

const weightGradient = (y: Tensor, [x, dy]: readonly Tensor[], { stride, padding }: Window): Tensor => {
  const [out, into, h, w] = y.shape as [number, number, number, number];
  const look = (place: number, position: number, axis: 0 | 1): number => place * stride + position - padding[axis];
  const all = seen(x!, { to: plane(dy!), kernel: [h, w], look });
  return apply("matmul", [rowsOf(dy!), all], { transposeA: true, transposeB: false })
    .reshape([out, h * w, into])
    .transpose([0, 2, 1])
    .reshape(y.shape);
};

const forms: Readonly<Record<string, (y: Tensor, inputs: readonly Tensor[], window: Window) => Tensor>> = {
  conv2d: convolved,
  conv2dInputGrad: inputGradient,
  conv2dWeightGrad: weightGradient,
};

/**
 * The same outputs with convolutions of many small pictures, and their gradients, as one product each: what every pixel sees
 * is gathered once for the convolution and for its kernel's gradient. Kernels that are weights have faster forms.
 */
export const gathered = (outputs: readonly Tensor[], isWeight: (x: Tensor) => boolean): Tensor[] =>
  rewrite(outputs, (y) => {
    const form = forms[y.op.name];
    if (!form || !worthwhile(y) || (y.op.name === "conv2d" && isWeight(y.inputs[1]!))) return y;
    return form(y, y.inputs, y.attributes as Window);
  });

function worthwhile({ op, inputs, shape, attributes }: Tensor): boolean {
  const { wrap, stride } = attributes as Window;
  const [made, looked] =
    op.name === "conv2dWeightGrad" ? [inputs[1]!.shape, inputs[0]!.shape] : [shape, inputs[0]!.shape];
  if (wrap || [...made, ...looked].some((length) => typeof length !== "number")) return false;
  const [n, , h, w] = made as [number, number, number, number];
  const strided = stride > 1 && op.name !== "conv2d";
  return h * w <= fewPixels && n * h * w >= manyRows && Number(looked[1]) >= manyChannels && !strided;
}
