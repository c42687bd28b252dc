import { expect, it } from "vitest";
import { Change, type Sight, unevenness } from "./change.ts";
import { evened } from "./even.ts";
import { placesOf } from "./places.ts";
import type { WholeRequest } from "./request.ts";

/** A picture that hardly changes but for a jump in the middle of each pair. */
const look = (position: number): Float32Array => {
  const jump = Math.tanh(20 * ((position % 1) - 0.5));
  return Float32Array.of(position + 3 * jump + 6 * Math.floor(position), Math.sin(2 * position), 0.3 * jump);
};
const sights = (positions: readonly number[]): Sight[] =>
  positions.map((position) => ({ position, look: look(position) }));

it("finds where the change has come to a share of its whole", () => {
  const change = new Change();
  change.add([0, 0.5, 1, 2].map((position, i) => ({ position, look: Float32Array.of([0, 3, 4, 6][i]!) })));
  expect(change.pairs).toEqual([4, 2]);
  expect([0, 0.375, 0.75, 0.875, 1, 1.5, 2].map((place) => change.positionAt(place))).toEqual([
    0, 0.25, 0.5, 0.75, 1, 1.5, 2,
  ]);
  expect(unevenness(change, [0, 0.5, 1], [0, 0.75, 1])).toBe(1);
  expect(unevenness(change, [0, 0.5, 1], [0, 0.5, 1])).toBeCloseTo(1.5);
});

it("leaves frames where they are between ends that look the same", () => {
  const change = new Change();
  change.add([0, 0.5, 1].map((position) => ({ position, look: Float32Array.of(7) })));
  expect(change.positionAt(0.3)).toBe(0.3);
  expect(unevenness(change, [0, 0.5, 1], [0, 0.5, 1])).toBe(1);
});

it.each([
  [1, 12],
  [2, 30],
])("places frames evenly: %d pairs, %d intervals", async (pairs, intervals) => {
  const places = placesOf(new Array<number>(pairs).fill(intervals / pairs), "linear");
  const request = { easing: "linear", ends: [{ own: false }] } as unknown as WholeRequest;
  let asked = 0;
  const run = evened(places, request, async function* (positions) {
    asked += positions.length;
    yield { stage: "spacing", done: 0, total: 1 };
    return sights(positions);
  });
  let next = await run.next();
  while (!next.done) next = await run.next();
  const positions = next.value;
  expect(positions).toHaveLength(places.length);
  for (let end = 0; end <= pairs; end++) expect(positions).toContain(end);
  const ratio = (at: readonly number[]): number => {
    const change = new Change();
    change.add(sights(at));
    return unevenness(change, at, places);
  };
  expect(ratio(places)).toBeGreaterThan(2.5);
  expect(ratio(positions)).toBeLessThan(1.15);
  expect(asked).toBeLessThan(5 * places.length);
});
