import { hash, hashText } from "../../src/training/data/random.ts";
import type { Plan } from "./plan.ts";

/**
 * Where a loop belongs, fixed for ever by its seed, its number and what it is.
 * - "train": what models learn from.
 * - "held-loop": 5 % of all loops, unseen by everything but the judge's own test.
 * - "held-pair": loops with one of the 4 % of (genre, instrument) pairs that nothing is trained on; both are known from
 *   other pairs.
 */
export type Split = "train" | "held-loop" | "held-pair";

const seed = 2026;

const isHeld = (genre: string, instrument: string): boolean =>
  hashText(`${genre}/${instrument}`, seed) < 0.04 * 2 ** 32;

export function splitOf({ genre, cast }: Plan, loopSeed: number, index: number): Split {
  // Basses are too few to miss a pair.
  if ([cast.chords, cast.lead].some((player) => player && isHeld(genre.name, player.label))) return "held-pair";
  return hash(seed, loopSeed, index) < 0.05 * 2 ** 32 ? "held-loop" : "train";
}
