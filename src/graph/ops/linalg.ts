import { sumTo } from "../broadcast.ts";
import { broadcastShapes, mulDims, type Shape } from "../dim.ts";
import { defineOp } from "../op.ts";
import { ShapeError } from "../shape-error.ts";
import { apply, type Tensor } from "../tensor.ts";

interface Transposed {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const product = (a: Tensor, b: Tensor, transposeA = false, transposeB = false): Tensor =>
  apply("matmul", [a, b], { transposeA, transposeB });

const flip = (shape: Shape, yes: boolean): Shape =>
  yes ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!] : shape;
const swapLast = (rank: number): number[] => [...Array(rank - 2).keys(), rank - 1, rank - 2];

defineOp<Transposed>("matmul", {
  infer: ([a, b], { transposeA, transposeB }) => {
    const x = flip(a!.shape, transposeA);
    const y = flip(b!.shape, transposeB);
    const batch = broadcastShapes(x.slice(0, -2), y.slice(0, -2));
    if (x.length < 2 || y.length < 2 || !batch || x.at(-1) !== y.at(-2)) {
      const marks = `${transposeA ? " (first transposed)" : ""}${transposeB ? " (second transposed)" : ""}`;
      throw new ShapeError("matmul", [a!, b!], `(… i k) · (… k j)${marks} needs equal k and batch axes that broadcast`);
    }
    return { shape: [...batch, x.at(-2)!, y.at(-1)!], dtype: a!.dtype };
  },
  grad: (dy, _y, [a, b], { transposeA, transposeB }) => {
    const da = transposeA ? product(b!, dy, transposeB, true) : product(dy, b!, false, !transposeB);
    const db = transposeB ? product(dy, a!, true, transposeA) : product(a!, dy, !transposeA, false);
    return [sumTo(da, a!.shape), sumTo(db, b!.shape)];
  },
  onnx: (emit, [a, b], y, { transposeA, transposeB }) => {
    if (!transposeA && !transposeB) return emit.node("MatMul", [a!, b!]);
    const ranks = y.inputs.map((t) => t.rank);
    if (ranks.every((r) => r === 2)) {
      return emit.node("Gemm", [a!, b!], { transA: Number(transposeA), transB: Number(transposeB) });
    }
    if (emit.target === "cpu" || emit.target === "cuda") {
      return emit.node(
        "FusedMatMul",
        [a!, b!],
        { transA: Number(transposeA), transB: Number(transposeB) },
        "com.microsoft",
      );
    }
    const turn = (x: string, yes: boolean, rank: number) =>
      yes ? emit.node("Transpose", [x], { perm: swapLast(rank) }) : x;
    return emit.node("MatMul", [turn(a!, transposeA, ranks[0]!), turn(b!, transposeB, ranks[1]!)]);
  },
});

/** a · bᵀ over the last two axes. */
export const matmulTransposed = (a: Tensor, b: Tensor): Tensor => product(a, b, false, true);

defineOp("linear", {
  infer: ([x, weight, bias]) => {
    const [out, width] = weight!.shape;
    if (
      weight!.rank !== 2 ||
      x!.rank < 1 ||
      x!.shape.at(-1) !== width ||
      (bias && (bias.rank !== 1 || bias.shape[0] !== out))
    ) {
      throw new ShapeError("linear", [x!, weight!, ...(bias ? [bias] : [])], "x (… in), weight (out in), bias (out)");
    }
    return { shape: [...x!.shape.slice(0, -1), out!], dtype: x!.dtype };
  },
  grad: (dy, _y, [x, weight, bias]) => {
    const rows = (t: Tensor) => t.reshape([mulDims(...t.shape.slice(0, -1)), t.shape.at(-1)!]);
    const dyRows = rows(dy);
    return [
      product(dyRows, weight!).reshape(x!.shape),
      product(dyRows, rows(x!), true, false),
      ...(bias ? [dyRows.sum([0])] : []),
    ];
  },
  // One Gemm over all rows: the bias joins inside and a constant weight is packed once.
  onnx: (emit, [x, weight, ...bias], y) => {
    const from = y.inputs[0]!.shape;
    const rows = mulDims(...from.slice(0, -1));
    const flat = emit.reshape(x!, from, [rows, from.at(-1)!]);
    return emit.reshape(emit.node("Gemm", [flat, weight!, ...bias], { transB: 1 }), [rows, y.shape.at(-1)!], y.shape);
  },
});

/** x (… in) · weightᵀ (out in) + bias (out). */
export const linear = (x: Tensor, weight: Tensor, bias?: Tensor): Tensor =>
  apply("linear", bias ? [x, weight, bias] : [x, weight]);

defineOp("embedding", {
  infer: ([table, ids]) => {
    if (table!.rank !== 2 || ids!.dtype !== "i64")
      throw new ShapeError("embedding", [table!, ids!], "a table (rows width) and i64 ids");
    return { shape: [...ids!.shape, table!.shape[1]!], dtype: table!.dtype };
  },
  grad: (dy, _y, [table, ids]) => {
    const [rows, width] = table!.shape as [number, number];
    const count = mulDims(...ids!.shape);
    return [apply("embeddingGrad", [ids!.reshape([count]), dy.reshape([count, width])], { rows }), undefined];
  },
  onnx: (emit, [table, ids]) => emit.node("Gather", [table!, ids!], { axis: 0 }),
});

/** Rows of a table (rows width) by i64 ids. */
export const embedding = (table: Tensor, ids: Tensor): Tensor => apply("embedding", [table, ids]);

defineOp<{ rows: number }>("embeddingGrad", {
  infer: ([, dy], { rows }) => ({ shape: [rows, dy!.shape[1]!], dtype: dy!.dtype }),
  onnx: (emit, [ids, dy], y, { rows }) => {
    const sums = (of: string, depth: string): string =>
      emit.node("Gemm", [emit.node("OneHot", [of, depth, emit.floats([0, 1])]), dy!], { transA: 1 });
    if (emit.target !== "cpu") return sums(ids!, emit.ints([rows]));
    // A product over the words that occur, which are few of all.
    const [words, , places] = emit.results("Unique", [ids!], 3);
    const zeros = emit.node("Expand", [emit.scalar(0), emit.shape(y.shape)]);
    const rowsOf = emit.node("Reshape", [words!, emit.ints([-1, 1])]);
    return emit.node("ScatterND", [zeros, rowsOf, sums(places!, emit.node("Shape", [words!]))]);
  },
});

defineOp<{ depth: number }>("oneHot", {
  infer: ([ids], { depth }) => ({ shape: [...ids!.shape, depth], dtype: "f32" }),
  onnx: (emit, [ids], _y, { depth }) =>
    emit.node("OneHot", [ids!, emit.ints([depth]), emit.floats([0, 1])], { axis: -1 }),
});

/** 1 where the last axis's index is the id, 0 elsewhere. */
export const oneHot = (ids: Tensor, depth: number): Tensor => apply("oneHot", [ids], { depth });
