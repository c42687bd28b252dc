import { type Dim, divDims, mulDims, sizeOf } from "../dim.ts";
import { defineOp, type Emitter } from "../op.ts";
import { ShapeError } from "../shape-error.ts";
import { apply, type Tensor } from "../tensor.ts";

/** (x − mean) / √(variance + ε) over the last axis, and 1 / √(variance + ε) with that axis 1 long, from one node. */
function standardise(emit: Emitter, x: string, source: Tensor, epsilon: number): readonly string[] {
  const width = Number(source.shape.at(-1));
  const ones = emit.constant(new Float32Array(width).fill(1), [width], "f32");
  const zeros = emit.constant(new Float32Array(width), [width], "f32");
  return emit.results("LayerNormalization", [x, ones, zeros], 3, { axis: -1, epsilon: { float: epsilon } });
}

defineOp<{ epsilon: number }>("standardised", {
  infer: ([x]) => x!,
  grad: (dy, y, [x], { epsilon }) => {
    const alike = y.mul(dy.mul(y).mean([-1], true));
    return [
      dy
        .sub(alike)
        .sub(dy.mean([-1], true))
        .mul(apply("inverseDeviation", [x!], { epsilon })),
    ];
  },
  onnx: (emit, [x], y, { epsilon }) => standardise(emit, x!, y.inputs[0]!, epsilon)[0]!,
});

defineOp<{ epsilon: number }>("inverseDeviation", {
  infer: ([x]) => ({ shape: [...x!.shape.slice(0, -1), 1], dtype: x!.dtype }),
  onnx: (emit, [x], y, { epsilon }) => standardise(emit, x!, y.inputs[0]!, epsilon)[2]!,
});

/** Normalises over the last axis, of a fixed length. */
export const standardised = (x: Tensor, epsilon: number): Tensor => apply("standardised", [x], { epsilon });

defineOp<{ epsilon: number }>("layerNorm", {
  infer: ([x, weight, bias]) => {
    if (weight!.rank !== 1 || weight!.shape[0] !== x!.shape.at(-1) || bias!.shape[0] !== weight!.shape[0]) {
      throw new ShapeError("layerNorm", [x!, weight!, bias!], "weight and bias as long as x's last axis");
    }
    return x!;
  },
  grad: (dy, _y, [x, weight], { epsilon }) => {
    const normal = standardised(x!, epsilon);
    const rows = x!.shape.map((_, i) => i).slice(0, -1);
    const [dx] = normal.op.grad!(dy.mul(weight!), normal, normal.inputs, normal.attributes);
    return [dx, dy.mul(normal).sum(rows), dy.sum(rows)];
  },
  onnx: (emit, inputs, _y, { epsilon }) =>
    emit.node("LayerNormalization", inputs, { axis: -1, epsilon: { float: epsilon } }),
});

/** Normalises over the last axis: Ba et al. 2016. */
export const layerNorm = (x: Tensor, weight: Tensor, bias: Tensor, { epsilon }: { epsilon: number }): Tensor =>
  apply("layerNorm", [x, weight, bias], { epsilon });

interface Groups {
  readonly groups: number;
  readonly epsilon: number;
}

defineOp<Groups>("groupNorm", {
  infer: ([x, weight, bias], { groups }) => {
    const c = x!.shape[1];
    if (x!.rank < 3 || weight!.shape[0] !== c || bias!.shape[0] !== c || typeof c !== "number" || c % groups !== 0) {
      throw new ShapeError(
        "groupNorm",
        [x!, weight!, bias!],
        `x (n c …) with c a multiple of ${groups} groups; weight, bias (c)`,
      );
    }
    return x!;
  },
  // With s1 = Σ dy and s2 = Σ dy·normal over a channel's pixels, all that a group needs are sums of these over its
  // channels, so that the picture itself is read twice and written once.
  grad: (dy, _y, [x, weight], { groups, epsilon }) => {
    const [n, c] = x!.shape as [Dim, number];
    const pixels = sizeOf(x!.shape.slice(2));
    const inGroup = divDims(mulDims(c, pixels), groups)!;
    if (typeof inGroup !== "number") throw new ShapeError("grad of groupNorm", [x!], "height and width must be fixed");
    const grouped = x!.reshape([n, groups, inGroup]);
    const normal = standardised(grouped, epsilon).reshape([n, c, pixels]);
    const dyPixels = dy.reshape([n, c, pixels]);
    const s1 = dyPixels.sum([2]);
    const s2 = dyPixels.mul(normal).sum([2]);
    const scale = apply("inverseDeviation", [grouped], { epsilon }).reshape([n, groups]);
    const perChannel = (t: Tensor) =>
      t
        .reshape([n, groups, 1])
        .expand([n, groups, c / groups])
        .reshape([n, c]);
    const pull = (t: Tensor) =>
      perChannel(
        t
          .mul(weight!)
          .reshape([n, groups, c / groups])
          .sum([2])
          .mul(scale)
          .mul(-1 / inGroup),
      );
    const pixelwise = (t: Tensor) => t.reshape([n, c, 1]);
    const dx = dyPixels
      .mul(pixelwise(perChannel(scale).mul(weight!)))
      .add(normal.mul(pixelwise(pull(s2))).add(pixelwise(pull(s1))));
    return [dx.reshape(x!.shape), s2.sum([0]), s1.sum([0])];
  },
  onnx: (emit, [x, weight, bias], y, { groups, epsilon }) => {
    const [n, c] = y.shape as [Dim, number];
    const ones = emit.constant(new Float32Array(groups).fill(1), [groups], "f32");
    const zeros = emit.constant(new Float32Array(groups), [groups], "f32");
    const flat = [n, groups, divDims(sizeOf(y.shape.slice(1)), groups)!];
    const grouped = emit.reshape(x!, y.shape, flat);
    const normal = emit.node("InstanceNormalization", [grouped, ones, zeros], { epsilon: { float: epsilon } });
    const channel = emit.ints([c, ...y.shape.slice(2).map(() => 1)]);
    const scaled = emit.node("Mul", [emit.reshape(normal, flat, y.shape), emit.node("Reshape", [weight!, channel])]);
    return emit.node("Add", [scaled, emit.node("Reshape", [bias!, channel])]);
  },
});

/** Normalises (n c …) within groups of channels: Wu and He 2018. */
export const groupNorm = (x: Tensor, weight: Tensor, bias: Tensor, options: Groups): Tensor =>
  apply("groupNorm", [x, weight, bias], { groups: options.groups, epsilon: options.epsilon });
