import { describe, expect, test } from "vitest";
import { drawn, hash, hashText, random, shuffled } from "./random.ts";

describe("shuffled", () => {
  test.each([1, 2, 3, 10, 64, 1000, 1025])("is a permutation of %i entries", (size) => {
    const order = Array.from({ length: size }, (_, i) => shuffled(i, size, 7, 3));
    expect(new Set(order).size).toBe(size);
    expect(Math.max(...order)).toBe(size - 1);
  });

  test("leaves about as many entries in place as chance does, and differs between epochs", () => {
    const inPlace = Array.from({ length: 4096 }, (_, i) => i).filter((i) => shuffled(i, 4096, 1, 0) === i).length;
    expect(inPlace).toBeLessThan(8);
    expect(drawn(5, 4096, 1)).not.toBe(drawn(5 + 4096, 4096, 1));
  });
});

describe("random", () => {
  test("is a function of its keys, all of which matter", () => {
    const first = (...keys: number[]): number => random(...keys).real();
    expect(first(1, 2)).toBe(first(1, 2));
    const values = [first(1, 2), first(2, 1), first(1, 2, 0), first(2 ** 40 + 1, 2), first(1, 3)];
    expect(new Set(values).size).toBe(values.length);
  });

  test("spreads evenly, also over the first numbers of neighbouring keys", () => {
    const bins = new Array<number>(10).fill(0);
    for (let key = 0; key < 10_000; key++) bins[random(3, key).int(10)]!++;
    // Standard deviation 30.
    for (const count of bins) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  test("hashes texts apart", () => {
    expect(new Set(["a", "b", "ab", "ba", ""].map((text) => hashText(text))).size).toBe(5);
    expect(hash(1)).not.toBe(hash(1, 0));
  });
});
