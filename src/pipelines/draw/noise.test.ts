import { expect, it } from "vitest";
import { seededNoise, variedNoise } from "./noise.ts";

const shape = [1, 2, 6, 5];
const start = (seed: number) => seededNoise(seed).start(shape);
const varied = (share: number) => variedNoise(seededNoise(1), seededNoise(2), share);
const length = (values: Float32Array) => Math.hypot(...values);

it("varies from one seed's noise to another's", () => {
  for (const [i, value] of varied(0).start(shape).data.entries()) expect(value).toBeCloseTo(start(1).data[i]!, 6);
  for (const [i, value] of varied(1).start(shape).data.entries()) expect(value).toBeCloseTo(start(2).data[i]!, 6);
  const [a, b, between] = [start(1).data, start(2).data, varied(0.5).start(shape).data];
  expect(between).not.toEqual(a);
  // Along a circle: a straight line's middle would be shorter by √2.
  expect(length(between)).toBeGreaterThan(0.85 * Math.min(length(a), length(b)));
});

it("goes by columns, each with its own angle", () => {
  const [a, b, mixed] = [start(1).data, start(2).data, varied(0.3).start(shape).data];
  const column = (of: Float32Array) => Array.from({ length: 6 }, (_, y) => of[30 + 5 * y + 3]!);
  const [p, q] = [column(a), column(b)];
  const dot = p.reduce((sum, value, i) => sum + value * q[i]!, 0) / Math.hypot(...p) / Math.hypot(...q);
  const angle = Math.acos(dot);
  const expected = p.map((v, i) => (Math.sin(0.7 * angle) * v + Math.sin(0.3 * angle) * q[i]!) / Math.sin(angle));
  for (const [i, value] of column(mixed).entries()) expect(value).toBeCloseTo(expected[i]!, 5);
});

it("adds the first seed's noise on the way, and survives the same seed twice", () => {
  expect(varied(0.5).stage(3, shape)).toEqual(seededNoise(1).stage(3, shape));
  const same = variedNoise(seededNoise(1), seededNoise(1), 0.5).start(shape).data;
  for (const [i, value] of same.entries()) expect(value).toBeCloseTo(start(1).data[i]!, 5);
});
