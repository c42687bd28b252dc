/** Element types that a graph can hold, by the names safetensors and ONNX readers know them. */
export type DType = "f32" | "f16" | "i64" | "i32" | "u8" | "i8" | "bool";

/** Bytes of one element. */
export const byteSize: Readonly<Record<DType, number>> = { f32: 4, f16: 2, i64: 8, i32: 4, u8: 1, i8: 1, bool: 1 };

export const isFloat = (dtype: DType): boolean => dtype === "f32" || dtype === "f16";
