import { staticSize, type Tensor, topological } from "../../graph/index.ts";
import { parameter } from "../../nn/module.ts";
import { normal } from "../../random/philox.ts";
import { compile } from "../../runtime/compile.ts";
import type { Host } from "../../runtime/host.ts";
import { ints, type NdArray, ndarray, zeros } from "../../runtime/ndarray.ts";
import { weightsInMemory } from "../../training/live-graph.ts";
import { type Cost, costOf } from "./cost.ts";

/** Something to be measured; parameters are known when the graph is opened, inputs come with every run. */
export interface Case {
  readonly name: string;
  readonly outputs: Readonly<Record<string, Tensor>>;
}

/** A parameter of no model. */
export function weight(shape: readonly number[], name = "weight"): Tensor {
  const made = parameter(shape, { kind: "zeros" });
  made.name = name;
  return made;
}

/** A case that is ready to run. */
export interface Runner {
  readonly cost: Cost;
  /** Seconds of one run. */
  time(): Promise<number>;
  close(): Promise<void>;
}

const random = (x: Tensor, seed: number): NdArray => {
  const shape = x.shape as readonly number[];
  if (x.dtype === "i64")
    return ints(
      Array.from({ length: staticSize(shape) }, (_, i) => i % 2),
      shape,
    );
  return ndarray(
    normal(seed, 0, staticSize(shape)).map((value) => value * 0.1),
    shape,
  );
};

/** Random numbers for all inputs and parameters of a graph, by name. */
export function randomArrays(outputs: readonly Tensor[], op: "input" | "parameter"): Map<string, NdArray> {
  const sources = topological(outputs).filter((x) => x.op.name === op);
  return new Map(sources.map((x, i) => [x.name!, random(x, i)]));
}

/** Compiles a case; its results go to arrays that are allocated once, as in training. */
export async function openCase(host: Host, { name, outputs }: Case, threads?: number): Promise<Runner> {
  const roots = Object.values(outputs);
  const feeds = Object.fromEntries(randomArrays(roots, "input"));
  const weights = weightsInMemory(randomArrays(roots, "parameter"));
  const graph = await compile({ host, outputs, weights, ...(threads !== undefined && { threads }) }).catch(
    (error: Error) => {
      throw new Error(`${name}: ${error.message}`);
    },
  );
  const results = Object.fromEntries(Object.entries(outputs).map(([key, y]) => [key, zeros(y.shape as number[])]));
  return { cost: costOf(roots), time: () => seconds(() => graph.run(feeds, results)), close: () => graph.close() };
}

export async function seconds(run: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await run();
  return (performance.now() - before) / 1000;
}
