import { expect, it } from "vitest";
import { expectClose } from "../../tests/support/golden.ts";
import { run } from "../../tests/support/run.ts";
import { normal } from "../random/philox.ts";
import { ndarray } from "../runtime/ndarray.ts";
import { gelu, grad, input, layerNorm, linear, topological, trainable } from "./index.ts";

const shapes = { x: [2, 3, 8], gain: [8], shift: [8], w: [12, 8], b: [12], v: [5, 8] } as const;
type Name = keyof typeof shapes;

const names = Object.keys(shapes) as Name[];
const of = Object.fromEntries(names.map((name) => [name, input(name, "f32", shapes[name])])) as Record<
  Name,
  ReturnType<typeof input>
>;
const feeds = Object.fromEntries(
  names.map((name, i) => {
    const shape = shapes[name];
    return [
      name,
      ndarray(
        normal(
          1,
          i,
          shape.reduce<number>((a, b) => a * b, 1),
        ),
        shape,
      ),
    ];
  }),
);

it("changes neither values nor gradients of gates and layers behind a norm", async () => {
  const seen = layerNorm(of.x, of.gain, of.shift, { epsilon: 1e-5 });
  const both = linear(seen, of.w, of.b);
  const gated = both.slice(-1, 0, 6).mul(gelu(both.slice(-1, 6, 12)));
  const loss = gated.square().sum().add(linear(seen, of.v).sin().sum());
  const [changed] = trainable([loss]);
  const wrt = names.map((name) => of[name]);
  const results = async (y: typeof loss) =>
    run({ y, ...Object.fromEntries(grad(y, wrt).map((dx, i) => [`d${names[i]}`, dx])) }, feeds);
  const [before, after] = [await results(loss), await results(changed!)];
  for (const [name, value] of Object.entries(before)) expectClose(after[name]!, value, { atol: 1e-4, rtol: 1e-4 });
  const ops = new Set(topological([changed!]).map(({ op }) => op.name));
  expect(ops).not.toContain("layerNorm");
});

it("leaves norms alone that others see too", () => {
  const seen = layerNorm(of.x, of.gain, of.shift, { epsilon: 1e-5 });
  const outputs = [linear(seen, of.v).sum(), seen];
  expect(trainable(outputs)).toEqual(outputs);
});
