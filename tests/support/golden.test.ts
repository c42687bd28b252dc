import { describe, expect, it } from "vitest";
import { ndarray } from "../../src/runtime/ndarray.ts";
import { expectClose, golden, tensor } from "./golden.ts";

describe("golden", () => {
  it("loads a case", () => {
    const { case: about, inputs, expected } = golden<{ tolerance: { atol: number } }>("unet-sd1");
    expect(about.tolerance.atol).toBe(1e-4);
    expect(inputs.get("timestep")?.dtype).toBe("i64");
    expect(tensor(expected, "sample").shape).toEqual(tensor(inputs, "sample").shape);
    expect(() => tensor(inputs, "smaple")).toThrow("no smaple among");
  });
});

describe("expectClose", () => {
  const want = ndarray(Float32Array.of(1, -4, 0, 2), [2, 2]);
  const got = (...values: number[]) => ndarray(Float32Array.from(values), [2, 2]);

  it("accepts what is within tolerance", () => {
    expectClose(got(1.05, -4, 0, 2), want, { atol: 0.06 });
    expectClose(got(1, -4.3, 0, 2), want, { rtol: 0.1 });
    expectClose(got(1, -4, 0.39, 2), want, { ofMax: 0.1 });
    expectClose([Infinity, Number.NaN], [Infinity, Number.NaN], {});
  });

  it("names the worst element", () => {
    const message = "2 of 4 elements differ; the worst is [1, 0]: 3, expected 0, off by 3.00e+0 (allowed 1.00e-1)";
    expect(() => expectClose(got(1.5, -4, 3, 2), want, { atol: 0.1 })).toThrow(message);
  });

  it("refuses NaN, other shapes, and values that fill no shape", () => {
    expect(() => expectClose(got(Number.NaN, -4, 0, 2), want, { atol: 1e9 })).toThrow("[0, 0]: NaN, expected 1");
    expect(() => expectClose([1, -4, 0, 2], want, { atol: 1 })).toThrow("shape [4], expected [2,2]");
    expect(() => expectClose({ ...want, data: want.data.slice(1) }, want, { atol: 1 })).toThrow("3 values");
  });
});
