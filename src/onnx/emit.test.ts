import { expect, it } from "vitest";
import { input } from "../graph/index.ts";
import { nodeHost } from "../host/node.ts";
import { compile } from "../runtime/compile.ts";
import { ndarray } from "../runtime/ndarray.ts";
import { emit } from "./emit.ts";

const x = input("x", "f32", ["n", 2]);
const feeds = { x: ndarray(Float32Array.of(1, 2, 3, 4), [2, 2]) };

it("gives one result two names, and an input another", async () => {
  const double = x.mul(2);
  const outputs = { first: double, second: double, same: x, later: double.add(1), number: double.mul(0).sum().mul(1) };
  const graph = await compile({ host: nodeHost(), outputs });
  const { first, second, same, later, number } = await graph.run(feeds);
  await graph.close();
  expect([first, second].map((y) => [...y!.data])).toEqual([
    [2, 4, 6, 8],
    [2, 4, 6, 8],
  ]);
  expect([...same!.data]).toEqual([1, 2, 3, 4]);
  expect([...later!.data]).toEqual([3, 5, 7, 9]);
  expect([...number!.data]).toEqual([0]);
});

it("refuses names that stand for two things", () => {
  expect(() => emit({ x: x.mul(2) }, "cpu")).toThrow("an output of the graph is called x, as an input or a weight is");
  expect(() => emit({ y: x.add(input("x", "f32", ["n", 2])) }, "cpu")).toThrow(
    "two inputs or weights of the graph are called x",
  );
});
