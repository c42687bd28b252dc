import type { NdArray } from "../runtime/ndarray.ts";
import { bf16ToF32, f16ToF32 } from "./half.ts";

/** Bits of one element, by the names that safetensors headers use. */
export const storedBits = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  I64: 64,
  U64: 64,
  F64: 64,
  C64: 64,
} as const;

/** Element type of a tensor in a file. */
export type StoredDType = keyof typeof storedBits;

/** Bytes of that many elements; not whole when elements of 4 or 6 bits do not fill the last byte. */
export const storedSize = (dtype: StoredDType, elements: number): number => (elements * storedBits[dtype]) / 8;

/** A tensor of a file; `start` and `end` are the bytes it occupies, counted from the start of the file. */
export interface StoredTensor {
  readonly name: string;
  readonly dtype: StoredDType;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
  /** In elements, where they do not lie row by row. */
  readonly strides?: readonly number[];
}

/** What a weight file holds. */
export interface Contents {
  readonly format: "safetensors" | "PyTorch" | "PyTorch, legacy" | "TorchScript";
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** What its writer noted beside them. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Little-endian bytes → the array that holds the same values; undefined for types that no array holds. */
const decoders: Partial<Record<StoredDType, (bytes: ArrayBuffer) => Omit<NdArray, "shape">>> = {
  BOOL: (bytes) => ({ dtype: "bool", data: new Uint8Array(bytes) }),
  U8: (bytes) => ({ dtype: "u8", data: new Uint8Array(bytes) }),
  I8: (bytes) => ({ dtype: "i8", data: new Int8Array(bytes) }),
  I16: (bytes) => ({ dtype: "i32", data: Int32Array.from(new Int16Array(bytes)) }),
  U16: (bytes) => ({ dtype: "i32", data: Int32Array.from(new Uint16Array(bytes)) }),
  I32: (bytes) => ({ dtype: "i32", data: new Int32Array(bytes) }),
  U32: (bytes) => ({ dtype: "i64", data: BigInt64Array.from(new Uint32Array(bytes), BigInt) }),
  I64: (bytes) => ({ dtype: "i64", data: new BigInt64Array(bytes) }),
  F16: (bytes) => ({ dtype: "f16", data: new Uint16Array(bytes) }),
  BF16: (bytes) => ({ dtype: "f32", data: bf16ToF32(new Uint16Array(bytes)) }),
  F32: (bytes) => ({ dtype: "f32", data: new Float32Array(bytes) }),
  F64: (bytes) => ({ dtype: "f32", data: Float32Array.from(new Float64Array(bytes)) }),
  // The upper half of a half-precision number.
  F8_E5M2: (bytes) => ({ dtype: "f32", data: f16ToF32(Uint16Array.from(new Uint8Array(bytes), (b) => b << 8)) }),
  F8_E4M3: (bytes) => ({ dtype: "f32", data: Float32Array.from(new Uint8Array(bytes), e4m3) }),
  F8_E8M0: (bytes) => ({ dtype: "f32", data: Float32Array.from(new Uint8Array(bytes), e8m0) }),
};

/** Micikevicius et al. 2022, table 1: no infinities, one NaN of each sign. */
function e4m3(bits: number): number {
  const sign = bits & 0x80 ? -1 : 1;
  const exponent = (bits >> 3) & 15;
  const mantissa = bits & 7;
  if (exponent === 15 && mantissa === 7) return Number.NaN;
  return sign * (exponent === 0 ? mantissa * 2 ** -9 : (8 + mantissa) * 2 ** (exponent - 10));
}

/** A power of two: the shared scale of the OCP microscaling formats. */
const e8m0 = (bits: number): number => (bits === 255 ? Number.NaN : 2 ** (bits - 127));

/**
 * The values of a stored tensor. f16 stays as bits; bf16, f8 and f64 become f32; integers widen to the next type that
 * an array has. `undefined` for types that no array holds: 4 and 6 bits, complex numbers, u64.
 */
export function decode(dtype: StoredDType, shape: readonly number[], bytes: Uint8Array): NdArray | undefined {
  const decoded = decoders[dtype]?.(ownBuffer(bytes));
  return decoded && { ...decoded, shape };
}

/** Any numbers as f32; `undefined` where `decode` is. */
export function toFloats(array: NdArray): Float32Array {
  if (array.dtype === "f32") return array.data as Float32Array;
  if (array.dtype === "f16") return f16ToF32(array.data as Uint16Array);
  return Float32Array.from(array.data as ArrayLike<number | bigint>, Number);
}

/** A buffer with exactly these bytes: the array's own where it has nothing else, a copy otherwise. */
function ownBuffer(bytes: Uint8Array): ArrayBuffer {
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.length) return buffer;
  return new Uint8Array(bytes).buffer;
}
