import type { Random } from "../../src/training/data/random.ts";
import { type Drum, drumKeys, type Groove } from "./genre.ts";
import type { Instrument } from "./instruments.ts";
import { type Step, steps, velocityOf } from "./patterns.ts";
import { type Chord, nearestPitch, type Scale, scalePitches, voicing } from "./theory.ts";

/** Times in beats from the loop's start. */
export interface Note {
  readonly at: number;
  readonly length: number;
  readonly pitch: number;
  /** 1 to 127, before the mood and chance. */
  readonly velocity: number;
}

/** What a part's notes are made from. */
export interface Score {
  readonly tonic: number;
  /** A bar each. */
  readonly chords: readonly Chord[];
  /** In a bar. */
  readonly beats: number;
}

/** Notes of bars, from sixteenths of each to beats of all. */
function bars<T>(
  { chords, beats }: Score,
  write: (chord: Chord, bar: number, next: Chord) => readonly T[],
  place: (item: T, start: number) => Note,
): Note[] {
  return chords.flatMap((chord, bar) =>
    write(chord, bar, chords[(bar + 1) % chords.length]!).map((item) => place(item, bar * beats)),
  );
}

interface Sounding extends Step {
  readonly pitch: number;
  readonly velocity: number;
}

const sounding = ({ at, length, pitch, velocity }: Sounding, start: number): Note => ({
  at: start + at / 4,
  length: length / 4,
  pitch,
  velocity,
});

/** Follows the chords on the pattern's symbols; approaches come from a semitone below or above. */
export function bassNotes(dice: Random, score: Score, patterns: readonly string[]): Note[] {
  const pattern = steps(dice.pick(patterns));
  const below = dice.chance(0.7);
  const root = ({ root: above }: Chord): number => nearestPitch(score.tonic + above, 36);
  const third = ({ tones }: Chord): number => (tones.includes(12) ? 12 : tones[1]!);
  const fifth = ({ tones }: Chord): number => tones.find((tone) => tone >= 6 && tone <= 8) ?? 7;
  const seventh = ({ tones }: Chord): number => tones.find((tone) => tone >= 9 && tone < 12) ?? 12;
  const pitch = (symbol: string, chord: Chord, next: Chord): number => {
    if (symbol === "a") return root(next) + (below ? -1 : 1);
    const tones: Readonly<Record<string, number>> = {
      r: 0,
      o: 12,
      3: third(chord),
      5: fifth(chord),
      7: seventh(chord),
    };
    return root(chord) + tones[symbol]!;
  };
  const write = (chord: Chord, _: number, next: Chord): Sounding[] =>
    pattern.map((step) => ({
      ...step,
      pitch: pitch(step.symbol, chord, next),
      velocity: step.at % 4 === 0 ? 104 : 90,
    }));
  return bars(score, write, sounding);
}

/** Chords in near inversions: all tones where the pattern has a velocity, one where it has a digit. */
export function chordNotes(dice: Random, score: Score, patterns: readonly string[], player: Instrument): Note[] {
  const whole = `x${"_".repeat(score.beats * 4 - 1)}`;
  const pattern = steps(player.slow ? whole : dice.pick(patterns));
  let centre = Math.min(64, (player.low + player.high) / 2);
  const write = (chord: Chord): Sounding[] => {
    const voices = voicing(chord, score.tonic, centre);
    centre = 0.5 * centre + (0.5 * voices.reduce((sum, pitch) => sum + pitch, 0)) / voices.length;
    return pattern.flatMap((step) => {
      const digit = Number.parseInt(step.symbol, 10);
      if (Number.isNaN(digit))
        return voices.map((pitch) => ({ ...step, pitch, velocity: velocityOf(step.symbol) * 0.85 }));
      const pitch = voices[digit % voices.length]! + 12 * Math.floor(digit / voices.length);
      // Plucked notes ring on under the next.
      return [{ ...step, length: Math.max(step.length, 4), pitch, velocity: 88 }];
    });
  };
  return bars(score, write, sounding);
}

/** Which motif each of four bars has. */
const forms = ["AABA", "ABAB", "AAAB", "ABAC", "AABB"] as const;
/** Where a melody goes from a note, in steps of the scale. */
const walks = [-2, -1, -1, -1, 0, 1, 1, 1, 2, 3] as const;
const slowPatterns = ["x_______x_______", "x___________x___", "x___x___x_______"];

interface Motif {
  readonly steps: readonly Step[];
  /** Steps of the scale above where the bar begins. */
  readonly contour: readonly number[];
}

function motif(dice: Random, patterns: readonly string[]): Motif {
  const rhythm = steps(dice.pick(patterns));
  let height = 0;
  const contour = rhythm.map((_, i) => {
    const step = dice.pick(walks);
    if (i > 0) height += Math.abs(height + step) > 5 ? -step : step;
    return height;
  });
  return { steps: rhythm, contour };
}

/**
 * A melody of the scale from motifs that return in other bars, moved to where the chord is: notes on the beat and long
 * ones are the chord's, the last of the loop is its root, held.
 */
export function leadNotes(
  dice: Random,
  score: Score,
  {
    patterns,
    scale,
    player,
    octave,
  }: { patterns: readonly string[]; scale: Scale; player: Instrument; octave: number },
): Note[] {
  const some = player.slow && score.beats === 4 ? slowPatterns : patterns;
  const motifs = { A: motif(dice, some), B: motif(dice, some), C: motif(dice, some) };
  const form = dice.pick(forms);
  const pitches = scalePitches(scale, score.tonic, player.low, player.high);
  const middle = (player.low + player.high) / 2 + 12 * octave;
  const home = Math.min(Math.max(middle + dice.real(-4, 4), player.low + 7), player.high - 7);
  const write = (chord: Chord, bar: number): Sounding[] => {
    const { steps: rhythm, contour } = motifs[form[bar % form.length] as keyof typeof motifs];
    const toned = (pitch: number, tones = chord.tones): number =>
      tones
        .map((tone) => nearestPitch(score.tonic + chord.root + tone, pitch))
        .reduce((best, one) => (Math.abs(one - pitch) < Math.abs(best - pitch) ? one : best));
    const start = toned(Math.round(home));
    const from = pitches.findLastIndex((pitch) => pitch <= start);
    return rhythm.map((step, i) => {
      const ends = bar === score.chords.length - 1 && i === rhythm.length - 1;
      const place = Math.min(Math.max(from + contour[i]!, 0), pitches.length - 1);
      const free = pitches[place]!;
      const strong = step.at % 4 === 0 || step.length > 3;
      const pitch = ends ? toned(free, [0]) : strong ? toned(free) : free;
      const length = ends ? Math.max(step.length, score.beats * 4 - step.at) : step.length;
      return { ...step, length, pitch, velocity: (strong ? 104 : 92) + (step.symbol === "X" ? 10 : 0) };
    });
  };
  return bars(score, write, sounding);
}

/** The groove, in the last bar perhaps a fill, at the start perhaps a crash. */
export function drumNotes(
  dice: Random,
  score: Score,
  { grooves, fills }: { grooves: readonly Groove[]; fills: readonly Groove[] },
): Note[] {
  const groove = dice.pick(grooves);
  const fill = fills.length > 0 && dice.chance(0.4) ? dice.pick(fills) : groove;
  const crash: Note[] =
    fill !== groove && dice.chance(0.5) ? [{ at: 0, length: 1, pitch: drumKeys.crash, velocity: 90 }] : [];
  const write = (_: Chord, bar: number): Sounding[] =>
    (Object.entries(bar === score.chords.length - 1 ? fill : groove) as [Drum, string][]).flatMap(([drum, pattern]) =>
      steps(pattern).map((step) => ({ ...step, pitch: drumKeys[drum], velocity: velocityOf(step.symbol) })),
    );
  return [...crash, ...bars(score, write, sounding)];
}
