import { expect, it } from "vitest";
import { memoryFiles } from "../../../tests/support/memory-files.ts";
import { ndarray } from "../../runtime/ndarray.ts";
import { toStore, writeSafetensors } from "../../weights/safetensors.ts";
import { readHead, scoreBy } from "./head.ts";

const model = { digest: "abc", width: 3 };
const metadata = { head: "score", digest: "abc", model: "pocket" };

async function written(weight: readonly number[], notes: Record<string, string>) {
  const host = memoryFiles();
  const tensors = new Map([
    ["weight", toStore(ndarray(Float32Array.from(weight), [1, weight.length]))],
    ["bias", toStore(ndarray(Float32Array.of(0.5), [1]))],
  ]);
  await writeSafetensors(host, "head.safetensors", tensors, notes);
  return readHead(host, "head.safetensors", model);
}

it("weighs a vector's numbers", async () => {
  const vector = Float32Array.of(0, 0.6, -0.8);
  expect(scoreBy(await written([9, 2, 1], metadata), vector)).toBeCloseTo(0.9, 6);
  const probability = await written([9, 2, 1], { ...metadata, head: "probability" });
  expect(scoreBy(probability, vector)).toBeCloseTo(1 / (1 + Math.exp(-0.9)), 6);
});

it.each([
  [[1, 2, 3], { ...metadata, digest: "abd" }, /was trained on pocket, whose vectors differ/],
  [[1, 2, 3], { ...metadata, head: "guess" }, /does not say whether/],
  [[1, 2, 3, 4], metadata, /weighs 4 numbers, but the vectors have 3/],
])("refuses %j with %j", async (weight, notes, message) => {
  await expect(written(weight, notes)).rejects.toThrow(message);
});
