/** One stroke of a pattern. */
export interface Step {
  /** Sixteenths of a beat's quarter from the pattern's start. */
  readonly at: number;
  /** Sixteenths that it lasts. */
  readonly length: number;
  readonly symbol: string;
}

/** A character a sixteenth: "." is silent, "_" holds what came before, everything else begins something. */
export function steps(pattern: string): Step[] {
  const found: { at: number; length: number; symbol: string }[] = [];
  let held = false;
  for (const [at, symbol] of [...pattern].entries()) {
    if (symbol === "_" && held) found.at(-1)!.length++;
    else if (symbol !== "." && symbol !== "_") found.push({ at, length: 1, symbol });
    held = symbol !== ".";
  }
  return found;
}

/** How loud strokes are, 1 to 127. */
const velocities: Readonly<Record<string, number>> = { X: 120, x: 100, o: 78, "-": 46 };

export const velocityOf = (symbol: string): number => velocities[symbol] ?? 96;

/** How a genre leans on every second eighth or sixteenth. */
export interface Swing {
  /** Of a beat that a pair of notes fills: 1 for eighths, 0.5 for sixteenths. */
  readonly pair: 1 | 0.5;
  /** Share of it that the first has: 0.5 is straight, 2/3 a shuffle. */
  readonly first: number;
}

/** Moves a place in beats as the swing asks. */
export function swung(beat: number, { pair, first }: Swing): number {
  const start = Math.floor(beat / pair + 1e-9) * pair;
  const inside = (beat - start) / pair;
  return start + pair * (inside < 0.5 ? inside * 2 * first : first + (inside - 0.5) * 2 * (1 - first));
}
