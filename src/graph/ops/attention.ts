import { sameShape } from "../dim.ts";
import { defineOp } from "../op.ts";
import { rearrange } from "../rearrange.ts";
import { ShapeError } from "../shape-error.ts";
import { apply, type Tensor } from "../tensor.ts";
import { matmulTransposed } from "./linalg.ts";
import { constant } from "./source.ts";

interface Heads {
  readonly heads: number;
  readonly causal: boolean;
}

/** −10⁴ above the diagonal: far below any score, and finite in half precision. */
function causalMask(length: number): Tensor {
  const mask = Float32Array.from({ length: length * length }, (_, i) =>
    i % length > Math.floor(i / length) ? -1e4 : 0,
  );
  return constant(mask, [length, length]);
}

defineOp<Heads>("attend", {
  infer: ([q, k, v, mask], { heads }) => {
    const width = q!.shape.at(-1)!;
    const fits = [q, k, v].every((t) => t!.rank === 3 && t!.shape[0] === q!.shape[0]) && k!.shape[1] === v!.shape[1];
    const [n, l, m] = [q!.shape[0], q!.shape[1], k!.shape[1]];
    const masks = !mask || sameShape(mask.shape, [n!, 1, l!, m!]);
    if (!fits || !masks || width !== k!.shape[2] || typeof width !== "number" || width % heads !== 0) {
      throw new ShapeError(
        "attend",
        mask ? [q!, k!, v!, mask] : [q!, k!, v!],
        `q (n l c), k and v (n m c) with c a multiple of ${heads} heads, mask (n 1 l m)`,
      );
    }
    return { shape: [q!.shape[0]!, q!.shape[1]!, v!.shape[2]!], dtype: q!.dtype };
  },
  grad: (dy, _y, [...inputs], { heads, causal }) => {
    const [given] = inputs.splice(3);
    const split = (t: Tensor) => rearrange(t, "n l (h d) -> n h l d", { h: heads });
    const join = (t: Tensor) => rearrange(t, "n h l d -> n l (h d)");
    const [q, k, v] = inputs.map(split) as [Tensor, Tensor, Tensor];
    const scale = 1 / Math.sqrt(Number(q.dim(-1)));
    const mask = given ?? (causal ? causalMask(Number(q.dim(2))) : undefined);
    const scores = matmulTransposed(q.mul(scale), k);
    const weights = (mask ? scores.add(mask) : scores).softmax();
    const dOut = split(dy);
    const dWeights = matmulTransposed(dOut, v);
    const dScores = weights.mul(dWeights.sub(dWeights.mul(weights).sum([-1], true))).mul(scale);
    const transposed = (t: Tensor, u: Tensor) => apply("matmul", [t, u], { transposeA: true, transposeB: false });
    return [join(dScores.matmul(k)), join(transposed(dScores, q)), join(transposed(weights, dOut))];
  },
  onnx: (emit, [q, k, v, mask], _y, { heads, causal }) => {
    const inputs = [q!, k!, v!, ...(mask === undefined ? [] : ["", "", mask])];
    return emit.node(
      "MultiHeadAttention",
      inputs,
      { num_heads: heads, unidirectional: Number(causal) },
      "com.microsoft",
    );
  },
});

/**
 * Scaled dot-product attention of q (n l heads·d) over k, v (n m heads·d), scale d^-½: Vaswani et al. 2017.
 * `causal` hides later positions. `mask` (n 1 l m) is added to the scores of all heads; it gets no gradient.
 */
export const attend = (
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { heads, causal = false }: { heads: number; causal?: boolean },
  mask?: Tensor,
): Tensor => apply("attend", [q, k, v, ...(mask ? [mask] : [])], { heads, causal });
