import { defineOp } from "../op.ts";

interface Blocks {
  /** Rows and columns of a block. */
  readonly size: number;
}

type Sizes = readonly [number, number, number, number];

/** (n c h·i w·j) → (n i·j·c h w): the pixels of a block become channels. */
defineOp<Blocks>("toBlocks", {
  infer: ([x], { size }) => {
    const [n, c, h, w] = x!.shape as Sizes;
    return { shape: [n, size * size * c, h / size, w / size], dtype: x!.dtype };
  },
  onnx: (emit, [x], _y, { size }) => emit.node("SpaceToDepth", [x!], { blocksize: size }),
});

/** (n i·j·c h w) → (n c h·i w·j). ONNX Runtime's DepthToSpace takes longer than rows by rows, then all columns at once. */
defineOp<Blocks>("fromBlocks", {
  infer: ([x], { size }) => {
    const [n, c, h, w] = x!.shape as Sizes;
    return { shape: [n, c / (size * size), h * size, w * size], dtype: x!.dtype };
  },
  onnx: (emit, [x], y, { size }) => {
    const [n, c, h, w] = y.shape as Sizes;
    const blocks = emit.node("Reshape", [x!, emit.ints([n, size, size, (c * h) / size, w / size])]);
    const rows = emit.node("Transpose", [blocks], { perm: [2, 0, 3, 1, 4] });
    const columns = emit.node("Reshape", [rows, emit.ints([size, (n * c * h * w) / size])]);
    return emit.node("Reshape", [emit.node("Transpose", [columns], { perm: [1, 0] }), emit.ints(y.shape as Sizes)]);
  },
});
