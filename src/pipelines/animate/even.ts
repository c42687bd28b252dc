import { Change, type Sight, unevenness } from "./change.ts";
import { placesOf, shareOut } from "./places.ts";
import type { AnimateProgress, WholeRequest } from "./request.ts";

/** Looks at frames at positions. */
export type See = (positions: readonly number[], round: number) => AsyncGenerator<AnimateProgress, Sight[]>;

/** Rounds after which frames stay where they are, and the unevenness below which they do sooner. */
const mostRounds = 4;
const even = 1.1;

/**
 * Positions at which pictures change as evenly as their places are apart: places are shares of the way in what is seen,
 * by a first look at half as many frames and then at those that it led to (equidistribution: de Boor 1973, "Good
 * approximation by splines with variable knots"). Of ends without a number of their own, each has frames by its way's length.
 */
export async function* evened(
  places: readonly number[],
  request: WholeRequest,
  see: See,
): AsyncGenerator<AnimateProgress, number[]> {
  const pairs = Math.max(...places);
  const change = new Change();
  const coarse = Math.max(4, Math.round((places.length - 1) / pairs / 2));
  change.add(yield* see(placesOf(new Array<number>(pairs).fill(coarse), "linear"), 1));
  let positions: number[] = [];
  for (let round = 2; round <= mostRounds + 1; round++) {
    places = sharedOut(places, request, change);
    positions = places.map((place) => change.positionAt(place));
    const unseen = positions.filter((position) => !change.knows(position));
    if (unseen.length > 0) change.add(yield* see(unseen, round));
    if (unevenness(change, positions, places) <= even) break;
  }
  return positions;
}

function sharedOut(places: readonly number[], request: WholeRequest, change: Change): readonly number[] {
  const { ends, movement, easing } = request;
  if (movement || ends.some(({ own }) => own)) return places;
  return placesOf(shareOut(places.length - 1, change.pairs), easing);
}
