import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { WeightData } from "../../onnx/emit.ts";
import { elements } from "../../runtime/ndarray.ts";
import type { Preparation } from "../../runtime/prepare.ts";
import { f32ToBf16, f32ToF16 } from "../../weights/half.ts";
import { prepareInThreads, prepareWeights } from "./prepare.ts";
import { weightFile } from "./session.ts";

const folder = mkdtempSync(join(tmpdir(), "latentkit-prepare-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Numbers that all precisions hold, from the second byte of a file on. */
function inFile(dtype: "f32" | "f16" | "bf16", numbers: readonly number[]): WeightData {
  const values = Float32Array.from(numbers);
  const { buffer } = { f32: () => values, f16: () => f32ToF16(values), bf16: () => f32ToBf16(values) }[dtype]();
  const file = join(folder, `${dtype} ${values.length}`);
  writeFileSync(file, Buffer.concat([Buffer.of(0), Buffer.from(buffer)]));
  return { file: weightFile(file), offset: 1, length: buffer.byteLength, dtype };
}

const weight = (data: WeightData, shape: readonly number[]): Preparation => ({
  op: "parameter",
  attributes: undefined,
  weights: [data],
  shapes: [shape],
  dtype: "f32",
  length: elements(shape),
});

const numbers = [1, -2, 0.5, 127, -64, 3];
const kernel: Preparation = { ...weight(inFile("f16", numbers), [2, 3]), op: "int8Columns", dtype: "i8" };
const all = [
  weight(inFile("f32", numbers), [6]),
  weight({ dtype: "f32", data: Float32Array.of(7) }, [1]),
  kernel,
  weight(inFile("bf16", numbers), [6]),
  weight(inFile("f16", numbers.slice(1)), [5]),
];
const made = [
  Float32Array.from(numbers),
  Float32Array.of(7),
  // Rows in steps of 2/127 and of 1, turned.
  Int8Array.of(64, 127, -127, -64, 32, 3),
  Float32Array.from(numbers),
  Float32Array.from(numbers.slice(1)),
];

it("reads weights of every precision, here and in threads", async () => {
  expect(await prepareWeights(all)).toEqual(made);
  expect(await prepareInThreads(all)).toEqual(made);
});

it("says in one line what is wrong with a file", async () => {
  const cut = weight({ ...(inFile("f32", numbers) as { file: string }), offset: 2, length: 24, dtype: "f32" }, [6]);
  await expect(prepareInThreads([weight(inFile("f16", numbers), [6]), cut])).rejects.toThrow(
    /f32 6 ends before byte 26/,
  );
});
