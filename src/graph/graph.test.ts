import { describe, expect, it } from "vitest";
import {
  attend,
  concat,
  conv2d,
  dims,
  grad,
  input,
  linear,
  print,
  rearrange,
  silu,
  simplify,
  type Tensor,
  upsampleNearest,
} from "./index.ts";

const f32 = (name: string, ...shape: (number | string)[]): Tensor => input(name, "f32", shape);

describe("shapes", () => {
  it("follow symbolic axes through strides, products and enlargements", () => {
    const x = f32("x", "n", 4, "h", "w");
    const half = conv2d(x, f32("k", 8, 4, 3, 3), undefined, { stride: 2, padding: 1 });
    expect(half.shape).toEqual(["n", 8, "ceil(h/2)", "ceil(w/2)"]);
    expect(upsampleNearest(half, "h", "w").shape).toEqual(["n", 8, "h", "w"]);
    expect(rearrange(x, "n c h w -> n (h w) c").shape).toEqual(["n", "h*w", 4]);
    expect(conv2d(f32("y", 1, 4, "8*h", "8*w"), f32("k", 8, 4, 2, 2), undefined, { stride: 2 }).shape).toEqual([
      1,
      8,
      "4*h",
      "4*w",
    ]);
  });

  it("are read by name, and numbers in the pattern must match", () => {
    expect(dims(f32("x", "n", 77, 768), "n 77 c")).toEqual({ n: "n", "77": 77, c: 768 });
    expect(() => dims(f32("x", 2, 3), "n c h")).toThrow("dims: got x f32[2,3]; it must be (n c h)");
  });

  it("name the op, both shapes and the parameter when they do not fit", () => {
    const weight = f32("conv1.weight", 640, 320, 3, 3);
    expect(() => conv2d(f32("x", "n", 640, 64, 64), weight)).toThrow(
      "conv2d: got x f32[n,640,64,64] and conv1.weight f32[640,320,3,3]; x (n c h w), weight (out in h w): c must be 320",
    );
    expect(() => linear(f32("x", 2, 5), f32("w", 3, 4))).toThrow("linear: got x f32[2,5] and w f32[3,4]");
    expect(() => f32("x", 2, 3).add(f32("y", 4))).toThrow("add: got x f32[2,3] and y f32[4]");
    expect(() => concat([f32("x", 2, 3), f32("y", 3, 3)], 1)).toThrow("all axes but 1 must agree");
    expect(() => f32("x", 2, 3).reshape([7])).toThrow("[7] holds a different number of elements");
    expect(() => attend(f32("q", 1, 2, 9), f32("k", 1, 2, 9), f32("v", 1, 2, 9), { heads: 2 })).toThrow(
      "multiple of 2 heads",
    );
    expect(() => rearrange(f32("x", 2, 9), "n (h d) -> n h d", { h: 2 })).toThrow("rearrange: got x f32[2,9]; axis 1");
  });
});

describe("grad", () => {
  it("is a graph", () => {
    const x = f32("x", 3);
    const loss = silu(x).mul(2).sum();
    expect(print(simplify(grad(loss, [x])))).toMatchInlineSnapshot(`
      "x: f32[3] = input
      %0: f32[3] = sigmoid x
      %1: f32[3] = silu x
      %2: f32[3] = mul %1 %0
      %3: f32[3] = sub %1 %2
      %4: f32[3] = add %0 %3
      %5: f32[3] = mul 2 %4
      return %5"
    `);
  });

  it("is zero where the loss does not depend on it, and nothing flows through detach", () => {
    const [x, y] = [f32("x", 2), f32("y", 2)];
    const [dx, dy] = simplify(grad(x.mul(y.detach()).sum(), [x, y]));
    expect(print([dx!])).toBe("y: f32[2] = input\n%0: f32[2] = detach y\nreturn %0");
    expect(print([dy!])).toContain("return");
    expect(print([dy!])).not.toContain("input");
  });

  it("wants a scalar", () => {
    expect(() => grad(f32("x", 2), [])).toThrow("grad: got x f32[2]; the loss must be a scalar");
  });
});

describe("simplify", () => {
  const x = f32("x", 2, 3);
  const simple = (y: Tensor): string => print(simplify([y]));
  const unchanged = "x: f32[2,3] = input\nreturn x";

  it("drops what changes nothing", () => {
    expect(simple(x.add(0).mul(1).div(1).sub(0).neg().neg())).toBe(unchanged);
    expect(simple(x.reshape([6]).reshape([3, 2]).reshape([2, 3]))).toBe(unchanged);
    expect(simple(x.transpose([0, 1]).expand([2, 3]).sum([]))).toBe(unchanged);
  });

  it("folds numbers and keeps one of equal parts", () => {
    const y = x.mul(x.sum().mul(0).add(2).sub(x.sum().mul(0).add(2)));
    expect(simple(y).match(/= sum/g)).toHaveLength(1);
    expect(simple(x.exp().add(x.exp())).match(/= exp/g)).toHaveLength(1);
  });

  it("keeps what broadcasting makes larger", () => {
    const row = f32("row", 1, 3);
    expect(simplify([row.add(f32("zero", 2, 3).mul(0))])[0]!.shape).toEqual([2, 3]);
  });

  it("stands deep graphs", () => {
    let y: Tensor = x;
    for (let i = 0; i < 20_000; i++) y = y.exp();
    expect(simplify([y])[0]!.shape).toEqual([2, 3]);
  });
});
