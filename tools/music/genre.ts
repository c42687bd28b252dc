import type { Kit } from "./instruments.ts";
import type { Swing } from "./patterns.ts";
import type { Mode, Scale } from "./theory.ts";

/** Percussion keys of General MIDI. */
export const drumKeys = {
  kick: 36,
  snare: 38,
  rim: 37,
  clap: 39,
  hat: 42,
  pedal: 44,
  open: 46,
  ride: 51,
  crash: 49,
  low: 45,
  mid: 47,
  high: 50,
  tambourine: 54,
  cowbell: 56,
  shaker: 70,
  conga: 63,
  slap: 62,
  tumba: 64,
  claves: 75,
} as const;
export type Drum = keyof typeof drumKeys;

/** A bar of every drum that is struck, as patterns (patterns.ts). */
export type Groove = Readonly<Partial<Record<Drum, string>>>;

/**
 * What a part plays, a bar each: of a bass, `r` is the chord's root, `o` its octave, `3` `5` `7` its tones, `a` a step
 * toward the next root; of chords, velocities strike all tones and digits one of them, 0 the lowest; of a lead, velocities
 * are when something is played.
 */
export interface Style {
  readonly instruments: readonly string[];
  readonly patterns: readonly string[];
}

/** How a kind of music is made. */
export interface Genre {
  readonly name: string;
  /** Other words for it. */
  readonly aliases?: readonly string[];
  /** "funky"; what is only its name has none. */
  readonly adjective?: string;
  /** In a bar, four where nothing is said. */
  readonly beats?: 3;
  /** Beats a minute, from and to. */
  readonly bpm: readonly [slowest: number, fastest: number];
  readonly swing: Swing;
  readonly kits: readonly Kit[];
  /** Chords, one a bar or two, over the whole loop. */
  readonly progressions: Readonly<Partial<Record<Mode, readonly string[]>>>;
  /** What leads are made of. */
  readonly scales: Readonly<Record<Mode, Scale>>;
  readonly grooves: readonly Groove[];
  /** Bars that end a loop now and then. */
  readonly fills: readonly Groove[];
  readonly bass: Style;
  readonly chords: Style;
  readonly lead: Style;
  /** Share of loops without drums, beside solos. */
  readonly quiet?: number;
}

export const straight: Swing = { pair: 0.5, first: 0.5 };
export const shuffle: Swing = { pair: 1, first: 0.66 };

/** Fills that fit most bands. */
export const bandFills: readonly Groove[] = [
  { kick: "x.......x.......", snare: "....x...xoxoxxXX", hat: "x.x.x.x........." },
  { kick: "x.......x...x...", snare: "....x...xx......", high: "..........xx....", low: "............xxxx" },
  { kick: "x.....x.........", snare: "....x.......x.xx", hat: "x.x.x.x.x.x.....", mid: "..............x." },
];
