import { expect, it } from "vitest";
import { textBatches } from "./text-batches.ts";

const [pad, end] = [0, 9];
const text = (length: number): number[] => [1, ...Array<number>(length - 2).fill(5), end];
const filled = (length: number): number[] => [...text(length), ...Array<number>(77 - length).fill(pad)];

it("cuts a text behind its end, at a multiple of four tokens, whatever comes with it", () => {
  const cut = { places: [0], ids: [...text(5), pad, pad, pad], length: 8 };
  expect(textBatches([filled(5)], pad)).toEqual([cut]);
  expect(textBatches([filled(5), filled(40)], pad)[0]).toEqual(cut);
  expect(textBatches([filled(77)], pad)[0]).toMatchObject({ length: 77 });
});

it("keeps the end of texts that are filled up with ends", () => {
  expect(textBatches([[1, 5, end, end, end]], end)[0]).toMatchObject({ ids: [1, 5, end, end], length: 4 });
  expect(textBatches([[1, 5, end]], end)[0]).toMatchObject({ ids: [1, 5, end], length: 3 });
});

it("puts texts of one length together, as many as are worth it", () => {
  const lengths = Array.from({ length: 200 }, (_, i) => 3 + (i % 70));
  const batches = textBatches(lengths.map(filled), pad);
  expect(batches.flatMap(({ places }) => places).sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
  for (const { places, ids, length } of batches) {
    expect(ids.length).toBe(places.length * length);
    expect(ids.length).toBeLessThanOrEqual(1024);
    for (const place of places) expect(length - lengths[place]!).toBeOneOf([1, 2, 3, 4]);
  }
  expect(batches.length).toBeLessThan(22);
});
