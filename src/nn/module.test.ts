import { expect, it } from "vitest";
import { input } from "../graph/index.ts";
import { Conv2d, identity, Linear, Module, parameter, parameters, zeros } from "./index.ts";

class Inner extends Module<{ readonly width: number }> {
  static readonly keys = { linear1: "linear_1" };

  linear1 = new Linear({ in: this.config.width, out: this.config.width });
  toOut = [identity, new Linear({ in: this.config.width, out: 2, bias: false })];
}

class Outer extends Module {
  innerParts = [new Inner({ width: 3 })];
  logitScale = parameter([], zeros);
}

const outer = (): Outer => new Outer(undefined);

it("lists parameters by the path of fields, in the order of declaration", () => {
  expect([...parameters(outer())].map(([key, p]) => [key, p.shape])).toEqual([
    ["inner_parts.0.linear_1.weight", [3, 3]],
    ["inner_parts.0.linear_1.bias", [3]],
    ["inner_parts.0.to_out.1.weight", [2, 3]],
    ["logit_scale", []],
  ]);
  expect([...parameters(outer(), "model").keys()][3]).toBe("model.logit_scale");
});

it("names parameters once, by the whole model", () => {
  const model = outer();
  parameters(model);
  const part = parameters(model.innerParts[0]!);
  expect(part.get("linear_1.weight")!.name).toBe("inner_parts.0.linear_1.weight");
});

it("refuses two parameters of one key", () => {
  class Twice extends Module {
    static readonly keys = { second: "first" };
    first = parameter([1], zeros);
    second = parameter([1], zeros);
  }
  expect(() => parameters(new Twice(undefined))).toThrow('two parameters have the key "first"');
});

it("says in a shape error which weight does not fit", () => {
  const model = outer();
  parameters(model);
  expect(() => model.innerParts[0]!.linear1.forward(input("x", "f32", ["n", 5]))).toThrow(
    /linear: got x f32\[n,5\] and inner_parts\.0\.linear_1\.weight f32\[3,3\]/,
  );
});

it("starts Linear and Conv2d as PyTorch does, and with a zero bias where the weight's start is given", () => {
  const init = (layer: Conv2d | Linear) =>
    [layer.weight, layer.bias].map((p) => (p!.attributes as { init: unknown }).init);
  const uniform = (bound: number) => ({ kind: "uniform", bound });
  expect(init(new Linear({ in: 16, out: 2 }))).toEqual([uniform(1 / 4), uniform(1 / 4)]);
  expect(init(new Conv2d({ in: 4, out: 2, kernel: 2, padding: 0 }))).toEqual([uniform(1 / 4), uniform(1 / 4)]);
  expect(init(new Conv2d({ in: 4, out: 2, kernel: 3, init: zeros }))).toEqual([zeros, zeros]);
});
