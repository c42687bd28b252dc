import { expect, it } from "vitest";
import { textBatches } from "./text-batches.ts";

const [pad, end] = [0, 9];
const text = (length: number): number[] => [1, ...Array<number>(length - 2).fill(5), end];
const filled = (length: number): number[] => [...text(length), ...Array<number>(77 - length).fill(pad)];

it("cuts texts to the longest of a batch, with one token of padding", () => {
  const [batch, ...others] = textBatches([filled(4), filled(3)], pad);
  expect(others).toEqual([]);
  expect(batch).toEqual({ places: [0, 1], ids: [...text(4), pad, ...text(3), pad, pad], length: 5 });
});

it("keeps the end of texts that are filled up with ends", () => {
  expect(textBatches([[1, 5, end, end, end]], end)[0]).toMatchObject({ ids: [1, 5, end], length: 3 });
  expect(textBatches([[1, 5, end]], end)[0]).toMatchObject({ ids: [1, 5, end], length: 3 });
});

it("puts texts of like lengths together, as many as are worth it", () => {
  const lengths = Array.from({ length: 200 }, (_, i) => 3 + (i % 70));
  const batches = textBatches(lengths.map(filled), pad);
  expect(batches.flatMap(({ places }) => places).sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
  for (const { places, ids, length } of batches) {
    expect(ids.length).toBe(places.length * length);
    expect(ids.length).toBeLessThanOrEqual(1024);
    expect(Math.max(...places.map((place) => lengths[place]!)) + 1).toBe(length);
  }
  expect(batches.length).toBeLessThan(10);
});
