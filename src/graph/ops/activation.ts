import { defineOp } from "../op.ts";
import { apply, type Tensor } from "../tensor.ts";

const same = ([x]: readonly Tensor[]): Tensor => x!;

/** x · σ(αx), by the fused operator where there is one. */
function sigmoidLinear(name: string, alpha: number): void {
  defineOp(name, {
    infer: same,
    grad: (dy, y, [x]) => {
      const s = alpha === 1 ? x!.sigmoid() : x!.mul(alpha).sigmoid();
      const slope = y.sub(y.mul(s));
      return [dy.mul(s.add(alpha === 1 ? slope : slope.mul(alpha)))];
    },
    onnx: (emit, [x]) => emit.node("QuickGelu", [x!], { alpha: { float: alpha } }, "com.microsoft"),
  });
}

sigmoidLinear("silu", 1);
sigmoidLinear("quickGelu", 1.702);

defineOp("gelu", {
  infer: same,
  grad: (dy, _y, [x]) => {
    const cdf = x!.mul(Math.SQRT1_2).erf().add(1).mul(0.5);
    const density = x!
      .square()
      .mul(-0.5)
      .exp()
      .mul(1 / Math.sqrt(2 * Math.PI));
    return [dy.mul(cdf.add(x!.mul(density)))];
  },
  onnx: "Gelu",
});

const tanhScale = Math.sqrt(2 / Math.PI);

defineOp("geluTanh", {
  infer: same,
  grad: (dy, _y, [x]) => {
    const square = x!.square();
    const t = x!.add(x!.mul(square).mul(0.044715)).mul(tanhScale).tanh();
    const inner = square
      .mul(3 * 0.044715)
      .add(1)
      .mul(tanhScale);
    const slope = t.square().neg().add(1).mul(inner).mul(x!);
    return [dy.mul(t.add(1).add(slope).mul(0.5))];
  },
  onnx: (emit, [x]) => emit.node("Gelu", [x!], { approximate: "tanh" }),
});

defineOp("relu", {
  infer: same,
  grad: (dy, y) => [y.greater(0).where(dy, 0)],
  onnx: "Relu",
});

defineOp<{ slope: number }>("leakyRelu", {
  infer: same,
  grad: (dy, _y, [x], { slope }) => [x!.greater(0).where(dy, dy.mul(slope))],
  onnx: (emit, [x], _y, { slope }) => emit.node("LeakyRelu", [x!], { alpha: { float: slope } }),
});

/** x · σ(x), "swish": Elfwing et al. 2017. */
export const silu = (x: Tensor): Tensor => apply("silu", [x]);
/** x · σ(1.702 x): OpenAI CLIP's approximation of GELU. */
export const quickGelu = (x: Tensor): Tensor => apply("quickGelu", [x]);
/** x · Φ(x), by erf: Hendrycks and Gimpel 2016. */
export const gelu = (x: Tensor): Tensor => apply("gelu", [x]);
/** GELU by its tanh approximation. */
export const geluTanh = (x: Tensor): Tensor => apply("geluTanh", [x]);
export const relu = (x: Tensor): Tensor => apply("relu", [x]);
export const leakyRelu = (x: Tensor, slope: number): Tensor => apply("leakyRelu", [x], { slope });
/** log(1 + eˣ), without overflow. */
export const softplus = (x: Tensor): Tensor => x.maximum(0).add(x.abs().neg().exp().add(1).log());
