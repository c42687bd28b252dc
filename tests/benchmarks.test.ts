import { describe, expect, it } from "vitest";
import { attend, conv2d, grad, input, linear } from "../src/graph/index.ts";
import { nodeHost } from "../src/host/node.ts";
import { costOf } from "../src/pipelines/bench/cost.ts";
import { floorOf } from "../src/pipelines/bench/floor.ts";
import { openCase, weight } from "../src/pipelines/bench/runner.ts";

const x = (name: string, ...shape: number[]) => input(name, "f32", shape);

describe("costOf", () => {
  it("counts two operations for each multiplication of a product", () => {
    const y = x("a", 3, 5, 7).matmul(x("b", 7, 11));
    expect(costOf([y])).toEqual({ products: 2 * 3 * 5 * 7 * 11, convolutions: 0, bytes: 4 * (105 + 77 + 165) });
    expect(costOf([linear(x("x", 4, 6), weight([9, 6]))])).toMatchObject({ products: 2 * 4 * 6 * 9 });
    const q = x("q", 2, 10, 8);
    expect(costOf([attend(q, x("k", 2, 12, 8), x("v", 2, 12, 8), { heads: 2 })])).toMatchObject({
      products: 2 * 2 * (2 * 10 * 12 * 8),
    });
  });

  it("finds a convolution and both its gradients equally dear, whatever the stride", () => {
    const [picture, kernel] = [x("x", 2, 4, 8, 8), x("w", 6, 4, 3, 3)];
    for (const stride of [1, 2]) {
      const y = conv2d(picture, kernel, undefined, { padding: 1, stride });
      const once = 2 * (2 * 6 * (8 / stride) ** 2) * 4 * 9;
      expect(costOf([y]).convolutions).toBe(once);
      for (const dx of grad(y.square().sum(), [picture, kernel])) expect(costOf([dx]).convolutions).toBe(2 * once); // with y itself
    }
  });

  it("counts what is used twice once", () => {
    const y = x("a", 3, 4).matmul(x("b", 4, 5));
    expect(costOf([y, y.add(1)]).products).toBe(costOf([y]).products);
  });
});

describe("floorOf", () => {
  const peaks = { products: 100, convolutions: 200, bytes: 10 };
  it("adds up arithmetic, and moves data where there is none", () => {
    expect(floorOf({ products: 50, convolutions: 100, bytes: 1e6 }, peaks)).toBe(1);
    expect(floorOf({ products: 0, convolutions: 0, bytes: 20 }, peaks)).toBe(2);
  });
});

describe("openCase", () => {
  it("runs a graph on random numbers", async () => {
    const runner = await openCase(nodeHost(), { name: "small", outputs: { y: linear(x("x", 4, 6), weight([9, 6])) } });
    expect(await runner.time()).toBeGreaterThan(0);
    await runner.close();
  });
});
