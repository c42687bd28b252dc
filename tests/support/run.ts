import type { Target, Tensor } from "../../src/graph/index.ts";
import { nodeHost } from "../../src/host/node.ts";
import { Module } from "../../src/nn/index.ts";
import { compile } from "../../src/runtime/compile.ts";
import type { NdArray } from "../../src/runtime/ndarray.ts";
import type { Weights } from "../../src/weights/weights.ts";

/** Device under test: the CPU unless LATENTKIT_TEST_DEVICE names another. */
export const testDevice = (process.env.LATENTKIT_TEST_DEVICE ?? "cpu") as Target;

/** Compiles a graph for the device under test, its weights being external data in their own files, and runs it once. */
export async function run(
  outputs: Readonly<Record<string, Tensor>>,
  inputs: Readonly<Record<string, NdArray>>,
  weights?: Weights,
): Promise<Record<string, NdArray>> {
  const data = weights && { weights: await weights.forEngine(), weightFolder: weights.folder };
  const graph = await compile({ host: nodeHost(), outputs, device: testDevice, ...data });
  try {
    return await graph.run(inputs);
  } finally {
    await graph.close();
  }
}

/** Notes what every module below this one returns from now on, by checkpoint path. */
export function watch(module: Module<unknown>): ReadonlyMap<string, unknown> {
  const returned = new Map<string, unknown>();
  const visit = (value: unknown, path: string): void => {
    if (Array.isArray(value)) value.forEach((entry, i) => void visit(entry, `${path}.${i}`));
    if (!(value instanceof Module)) return;
    for (const [field, part] of Object.entries(value)) {
      const key = field.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
      visit(part, path ? `${path}.${key}` : key);
    }
    const watched = value as { forward?: (...args: unknown[]) => unknown };
    const forward = watched.forward?.bind(value);
    if (!forward) return;
    watched.forward = (...args) => {
      const y = forward(...args);
      returned.set(path, y);
      return y;
    };
  };
  visit(module, "");
  return returned;
}
