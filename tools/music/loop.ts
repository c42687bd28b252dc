import { type Random, random } from "../../src/training/data/random.ts";
import { type Instrument, kits, type Role } from "./instruments.ts";
import { bassNotes, chordNotes, drumNotes, leadNotes, type Note, type Score } from "./parts.ts";
import { swung } from "./patterns.ts";
import { type Plan, plan } from "./plan.ts";
import { progression } from "./theory.ts";

export interface Part {
  readonly role: Role | "drums";
  /** General MIDI program, or percussion kit. */
  readonly program: number;
  /** In beats from the loop's start, by their start. */
  readonly notes: readonly Note[];
}

/** Bars of music that end where they begin. */
export interface Loop extends Plan {
  readonly bars: number;
  /** In a bar. */
  readonly beats: number;
  readonly parts: readonly Part[];
}

/** Hands are late by so much at most, in seconds, and differ in strength. */
const late = 0.008;
const unsteady = 9;

/** Notes as hands play them: swung, and no two quite alike. */
function played(dice: Random, notes: readonly Note[], { genre, bpm, mood }: Plan): Note[] {
  return notes
    .map(({ at, length, pitch, velocity }) => {
      const start = swung(at, genre.swing);
      return {
        at: start + (dice.real(0, late) * bpm) / 60,
        length: Math.max(0.08, swung(at + length, genre.swing) - start - 0.02),
        pitch,
        velocity: Math.round(Math.min(127, Math.max(8, velocity * mood.force + dice.real(-unsteady, unsteady)))),
      };
    })
    .sort((a, b) => a.at - b.at || a.pitch - b.pitch);
}

/** Loop `index` of a seed: always the same. */
export function makeLoop(seed: number, index: number): Loop {
  const planned = plan(seed, index);
  const { genre, mode, tonic, mood, kit, cast, manner = genre } = planned;
  const dice = random(seed, index, 1);
  const beats = genre.beats ?? 4;
  const score: Score = { tonic, beats, chords: progression(dice.pick(genre.progressions[mode]!)) };
  const octave = mood.octave;
  const write: Record<Role, (player: Instrument) => Note[]> = {
    bass: () => bassNotes(dice, score, genre.bass.patterns),
    chords: (player) => chordNotes(dice, score, genre.chords.patterns, player),
    lead: (player) =>
      leadNotes(dice, score, { patterns: manner.lead.patterns, scale: manner.scales[mode], player, octave }),
  };
  const parts: Part[] = (Object.entries(cast) as [Role, Instrument][]).map(([role, player]) => ({
    role,
    program: player.program,
    notes: played(dice, write[role](player), planned),
  }));
  if (kit !== undefined)
    parts.push({
      role: "drums",
      program: kits[kit].program,
      notes: played(dice, drumNotes(dice, score, genre), planned),
    });
  return { ...planned, bars: score.chords.length, beats, parts };
}
