import { type Condition, conditionBetween, middleOf } from "../draw/condition.ts";
import { type Noise, noiseBetween } from "../draw/noise.ts";

/** What a frame is drawn from. */
export interface Origin {
  readonly condition: Condition;
  readonly noise: Noise;
  /** Equal where all of it is equal. */
  readonly content: string;
}

/** Origins along a chain of two ends or more: the first at position 0, the second at 1, and so on. */
export class Chain {
  readonly ends: readonly Origin[];
  /** What they have in common. */
  readonly middle: Condition;
  /** What that depends on. */
  readonly middleContent: string;

  constructor(ends: readonly Origin[], own: readonly Origin[] = ends) {
    const half = (own.length - 1) / 2;
    this.ends = ends;
    this.middle = middleOf(own.map(({ condition }) => condition));
    this.middleContent = JSON.stringify([Math.floor(half), Math.ceil(half)].map((k) => own[k]!.content));
  }

  at(position: number): Origin {
    const k = Math.min(Math.floor(position), this.ends.length - 2);
    const t = position - k;
    const [a, b] = [this.ends[k]!, this.ends[k + 1]!];
    if (t === 0 || a === b) return a;
    if (t === 1) return b;
    return {
      condition: conditionBetween(a.condition, b.condition, t),
      noise: noiseBetween(a.noise, b.noise, t),
      content: JSON.stringify([t, a.content, b.content]),
    };
  }
}
