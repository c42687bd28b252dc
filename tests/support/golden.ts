import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { elements, type NdArray } from "../../src/runtime/ndarray.ts";
import { bf16ToF32, f16ToF32 } from "../../src/weights/half.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Folder of the complete goldens, with the vocabularies that the fixtures leave out; not there in every checkout. */
export const sharedGoldens: string | undefined = [`${root}../shared/goldens`].find(existsSync);

/** What one reference run computed: its description, its tensors, and the files it was run on. */
export interface Golden<Case> {
  readonly case: Case;
  readonly inputs: Tensors;
  readonly expected: Tensors;
  /** Path of one of the case's files. */
  path(file: string): string;
}

/** Tensors by name. f16, bf16 and f64 are widened or narrowed to f32; integers keep their type. */
export type Tensors = ReadonlyMap<string, NdArray>;

/** Loads `tests/fixtures/<name>`. */
export function golden<Case = Readonly<Record<string, unknown>>>(name: string): Golden<Case> {
  const path = (file: string): string => `${root}tests/fixtures/${name}/${file}`;
  return {
    case: JSON.parse(readFileSync(path("case.json"), "utf8")) as Case,
    inputs: existsSync(path("inputs.safetensors")) ? tensors(path("inputs.safetensors")) : new Map(),
    expected: tensors(path("expected.safetensors")),
    path,
  };
}

/** All tensors of a safetensors file, read independently of the library's own reader. */
export function tensors(path: string): Tensors {
  const file = readFileSync(path);
  const length = Number(file.readBigUInt64LE(0));
  const header: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }> = JSON.parse(
    file.toString("utf8", 8, 8 + length),
  );
  delete header.__metadata__;
  const found = new Map<string, NdArray>();
  for (const [name, { dtype, shape, data_offsets: at }] of Object.entries(header))
    found.set(name, decode(dtype, shape, file.buffer.slice(file.byteOffset + 8 + length).slice(...at)));
  return found;
}

function decode(dtype: string, shape: number[], bytes: ArrayBuffer): NdArray {
  switch (dtype) {
    case "F64":
      return { dtype: "f32", shape, data: Float32Array.from(new Float64Array(bytes)) };
    case "F32":
      return { dtype: "f32", shape, data: new Float32Array(bytes) };
    case "F16":
      return { dtype: "f32", shape, data: f16ToF32(new Uint16Array(bytes)) };
    case "BF16":
      return { dtype: "f32", shape, data: bf16ToF32(new Uint16Array(bytes)) };
    case "I64":
      return { dtype: "i64", shape, data: new BigInt64Array(bytes) };
    case "I32":
      return { dtype: "i32", shape, data: new Int32Array(bytes) };
    case "U8":
      return { dtype: "u8", shape, data: new Uint8Array(bytes) };
    case "BOOL":
      return { dtype: "bool", shape, data: new Uint8Array(bytes) };
    default:
      throw new Error(`a golden with ${dtype}`);
  }
}

/** The tensor of that name, or an error that names those there are. */
export function tensor(from: Tensors, name: string): NdArray<"f32"> {
  const found = from.get(name);
  if (!found) throw new Error(`no ${name} among ${[...from.keys()].join(", ")}`);
  return found as NdArray<"f32">;
}

export interface Tolerance {
  readonly atol?: number;
  /** Of the expected element. */
  readonly rtol?: number;
  /** Of the largest expected magnitude in the tensor. */
  readonly ofMax?: number;
}

type Values = NdArray | ArrayLike<number>;

/**
 * Throws unless every |actual − expected| ≤ atol + rtol·|expected| + ofMax·max|expected| and the shapes agree;
 * the message tells how many elements are off and which is worst.
 */
export function expectClose(actual: Values, expected: Values, { atol = 0, rtol = 0, ofMax = 0 }: Tolerance): void {
  const a = toArray(actual);
  const e = toArray(expected);
  if (a.shape.join() !== e.shape.join()) throw new Error(`shape [${a.shape}], expected [${e.shape}]`);
  const floor = atol + ofMax * e.values.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
  let off = 0;
  let worst = 0;
  let worstExcess = 0;
  for (const [i, want] of e.values.entries()) {
    const got = a.values[i]!;
    if (Object.is(got, want) || got === want) continue;
    const excess = Math.abs(got - want) - (floor + rtol * Math.abs(want));
    if (excess <= 0) continue;
    off++; // also where the excess is NaN
    if (worstExcess === 0 || excess > worstExcess || (Number.isNaN(excess) && !Number.isNaN(worstExcess))) {
      worst = i;
      worstExcess = excess;
    }
  }
  if (off === 0) return;
  const [got, want] = [a.values[worst]!, e.values[worst]!];
  throw new Error(
    `${off} of ${e.values.length} elements differ; the worst is [${position(worst, e.shape)}]: ` +
      `${got}, expected ${want}, off by ${Math.abs(got - want).toExponential(2)} ` +
      `(allowed ${(floor + rtol * Math.abs(want)).toExponential(2)})`,
  );
}

function toArray(x: Values): { shape: readonly number[]; values: number[] } {
  const { data, shape } = "data" in x ? x : { data: x, shape: [x.length] };
  const values = Array.from(data as ArrayLike<number | bigint>, Number);
  if (values.length !== elements(shape)) throw new Error(`${values.length} values do not fill [${shape}]`);
  return { shape, values };
}

function position(index: number, shape: readonly number[]): string {
  const at: number[] = [];
  for (const length of [...shape].reverse()) {
    at.unshift(index % length);
    index = Math.floor(index / length);
  }
  return at.join(", ");
}
