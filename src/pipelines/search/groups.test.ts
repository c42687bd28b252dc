import fc from "fast-check";
import { expect, it } from "vitest";
import { firstOfEach, Groups } from "./groups.ts";

it("joins by way of others", () => {
  const groups = new Groups(7);
  groups.join(5, 1);
  groups.join(1, 3);
  groups.join(6, 0);
  expect(groups.several()).toEqual([
    [1, 3, 5],
    [0, 6],
  ]);
});

it("is an equivalence whatever the order of the pairs", () => {
  const pair = fc.tuple(fc.nat(19), fc.nat(19));
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 30 }), (pairs) => {
      const [one, other] = [new Groups(20), new Groups(20)];
      for (const [i, j] of pairs) one.join(i, j);
      for (const [i, j] of pairs.toReversed()) other.join(j, i);
      for (const [i, j] of pairs) expect(one.of(i)).toBe(one.of(j));
      expect(one.several()).toEqual(other.several());
    }),
  );
});

it("keeps the first of vectors that are alike", () => {
  const at = (degrees: number): Float32Array =>
    Float32Array.of(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180));
  // cos 15° = 0.966, cos 30° = 0.866: the third is like the first by way of the second only.
  expect(firstOfEach([0, 15, 30, 90].map(at))).toEqual([0, 3]);
  expect(firstOfEach([0, 30, 90].map(at))).toEqual([0, 1, 2]);
});
