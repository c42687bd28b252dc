import { distance, smoothness } from "../../evaluation/smoothness.ts";

/** What was seen at positions of a chain. */
export interface Sight {
  readonly position: number;
  readonly look: Float32Array;
}

/** How far along a chain the picture has changed at a position: lengths of the lines from sight to sight. */
export class Change {
  #sights: readonly Sight[] = [];
  /** Length up to each sight. */
  #lengths: readonly number[] = [];

  add(sights: readonly Sight[]): void {
    const all = new Map([...this.#sights, ...sights].map((sight) => [sight.position, sight]));
    this.#sights = [...all.values()].sort((a, b) => a.position - b.position);
    let length = 0;
    this.#lengths = this.#sights.map(({ look }, i) => {
      length += i > 0 ? distance(this.#sights[i - 1]!.look, look) : 0;
      return length;
    });
  }

  knows(position: number): boolean {
    return this.#sights.some((sight) => sight.position === position);
  }

  /** What was seen at a known position. */
  at(position: number): Float32Array {
    return this.#sights.find((sight) => sight.position === position)!.look;
  }

  /** Length of each pair of ends. */
  get pairs(): number[] {
    const ends = this.#sights.flatMap(({ position }, i) => (Number.isInteger(position) ? [this.#lengths[i]!] : []));
    return ends.slice(1).map((length, k) => length - ends[k]!);
  }

  /** The position where the change between two ends has come to a share of its whole: place 1.3 is 0.3 behind end 1. */
  positionAt(place: number): number {
    const k = Math.floor(place);
    if (k === place) return place;
    const lengthAt = (end: number): number =>
      this.#lengths[this.#sights.findIndex(({ position }) => position === end)]!;
    const wanted = lengthAt(k) + (place - k) * (lengthAt(k + 1) - lengthAt(k));
    const after = this.#lengths.findIndex((length, i) => length >= wanted && this.#sights[i]!.position > k);
    const [from, to] = [this.#sights[after - 1]!.position, this.#sights[after]!.position];
    const [low, high] = [this.#lengths[after - 1]!, this.#lengths[after]!];
    return high > low ? from + ((wanted - low) / (high - low)) * (to - from) : place;
  }
}

/**
 * How unevenly pictures at positions change, beside how far apart their places are: the largest step over the usual one,
 * from 1.
 */
export function unevenness(change: Change, positions: readonly number[], places: readonly number[]): number {
  const { pairs } = change;
  const steps = positions.slice(1).flatMap((position, i) => {
    const wanted = (places[i + 1]! - places[i]!) * pairs[Math.floor(places[i]!)]!;
    return wanted > 0 ? [distance(change.at(positions[i]!), change.at(position)) / wanted] : [];
  });
  return steps.length > 0 ? (smoothness(steps).maxToMedian ?? 1) : 1;
}
