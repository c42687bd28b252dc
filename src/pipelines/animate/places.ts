import { UserError } from "../../errors.ts";

/** Movement from one end to the next: the share of the way (0 to 1) at a share of the time. */
export const easings = {
  linear: (t: number): number => t,
  in: (t: number): number => 1 - Math.cos((t * Math.PI) / 2),
  out: (t: number): number => Math.sin((t * Math.PI) / 2),
  "in-out": (t: number): number => (1 - Math.cos(t * Math.PI)) / 2,
} as const;

export type Easing = keyof typeof easings;

/** Places of frames on a chain, from 0 to the number of pairs; `intervals` is how many steps each pair is divided into. */
export function placesOf(intervals: readonly number[], easing: Easing): number[] {
  const within = (n: number, k: number): number[] => Array.from({ length: n }, (_, i) => k + easings[easing](i / n));
  return [...intervals.flatMap(within), intervals.length];
}

/** How frames follow each other: "once", to the last end; "ping-pong", back again; "loop", on to the first end. */
export type Playback = "once" | "ping-pong" | "loop";

/**
 * The order in which so many frames are passed. A closed one ends on the frame that it began with, which is not shown
 * twice.
 */
export function routeOf(
  count: number,
  playback: Playback,
): { readonly order: readonly number[]; readonly closed: boolean } {
  const forth = Array.from({ length: count }, (_, i) => i);
  const order = playback === "ping-pong" ? [...forth, ...forth.slice(0, -1).toReversed()] : forth;
  return { order, closed: playback !== "once" };
}

/** Shares a number of intervals out in proportion to lengths, one to each at least: by the largest remainders. */
export function shareOut(total: number, lengths: readonly number[]): number[] {
  const rest = total - lengths.length;
  if (rest < 0) throw new UserError(`${total + 1} frames do not reach ${lengths.length + 1} ends: ask for more`);
  const sum = lengths.reduce((a, b) => a + b, 0);
  const wanted = lengths.map((length) => (sum > 0 ? (rest * length) / sum : rest / lengths.length));
  const whole = wanted.map(Math.floor);
  const left = rest - whole.reduce((a, b) => a + b, 0);
  const byRemainder = wanted.map((value, k) => [value % 1, k] as const).sort(([a, i], [b, j]) => b - a || i - j);
  for (const [, k] of byRemainder.slice(0, left)) whole[k]!++;
  return whole.map((n) => n + 1);
}
