import { type Random, random } from "../../src/training/data/random.ts";
import type { Genre } from "./genre.ts";
import { genres } from "./genres.ts";
import { type Instrument, instrument, instruments, type Kit, type Role } from "./instruments.ts";
import type { Mode } from "./theory.ts";

/** How a loop is meant to feel, and what is done for it. */
export interface Mood {
  readonly names: readonly string[];
  readonly mode?: Mode;
  /** Factor of velocities. */
  readonly force: number;
  /** Octaves that chords and lead are moved by. */
  readonly octave: -1 | 0 | 1;
  /** Reverb, 0 to 127. */
  readonly reverb: number;
}

export const moods: readonly Mood[] = [
  { names: ["happy", "cheerful"], mode: "major", force: 1.05, octave: 0, reverb: 30 },
  { names: ["sad", "melancholy"], mode: "minor", force: 0.8, octave: 0, reverb: 60 },
  { names: ["dark", "gloomy"], mode: "minor", force: 1, octave: -1, reverb: 60 },
  { names: ["bright"], mode: "major", force: 1.05, octave: 1, reverb: 30 },
  { names: ["mellow", "soft", "gentle"], force: 0.7, octave: 0, reverb: 40 },
  { names: ["energetic", "driving"], force: 1.2, octave: 0, reverb: 25 },
  { names: ["dreamy"], force: 0.8, octave: 0, reverb: 120 },
];
const plain: Mood = { names: [], force: 1, octave: 0, reverb: 40 };

/** What is decided about a loop before a note is written. */
export interface Plan {
  readonly genre: Genre;
  readonly bpm: number;
  readonly mode: Mode;
  /** Pitch class, 0 for C. */
  readonly tonic: number;
  readonly mood: Mood;
  /** Absent without drums. */
  readonly kit?: Kit;
  /** Who plays what. */
  readonly cast: Readonly<Partial<Record<Role, Instrument>>>;
  /** Whose way the lead plays in, where it is not the genre's own. */
  readonly manner?: Genre;
}

/** Beats a minute that anything is played at. */
export const [slowest, fastest] = [60, 180] as const;

/** Mostly what is usual for the genre, and mostly on a grid of four, which a small model learns sooner than every number. */
function tempo(dice: Random, { bpm: [low, high] }: Genre): number {
  const [from, to] = dice.chance(0.2) ? [slowest, fastest] : [low, high];
  const drawn = dice.real(from, to);
  return Math.min(fastest, dice.chance(0.85) ? 4 * Math.round(drawn / 4) : Math.round(drawn));
}

/** Roles beside drums or alone, and how often. */
const companies: readonly (readonly [share: number, drums: boolean, roles: readonly Role[]])[] = [
  [0.08, true, []],
  [0.09, false, ["lead"]],
  [0.08, false, ["chords"]],
  [0.02, false, ["bass"]],
  [0.08, true, ["bass"]],
  [0.08, true, ["chords"]],
  [0.12, true, ["lead"]],
  [0.08, true, ["bass", "chords"]],
  [0.12, true, ["bass", "lead"]],
  [0.1, true, ["chords", "lead"]],
  [0.15, true, ["bass", "chords", "lead"]],
];

function company(dice: Random, quiet: number): { drums: boolean; roles: readonly Role[] } {
  const drawn = dice.real();
  let sum = 0;
  const [, drums, roles] = companies.find(([share]) => {
    sum += share;
    return drawn < sum;
  })!;
  return { drums: drums && (roles.length === 0 || !dice.chance(quiet)), roles };
}

/** The genre's own choice, or now and then anything that can do it, so that words for both mean something. */
function player(dice: Random, role: Role, { instruments: usual }: Genre[Role], taken: string[]): Instrument {
  const able = dice.chance(0.4)
    ? instruments.filter(({ roles }) => roles.includes(role))
    : usual.map((label) => instrument(label));
  const free = able.filter(({ label }) => !taken.includes(label));
  const found = dice.pick(free.length > 0 ? free : able);
  taken.push(found.label);
  return found;
}

/** What loop `index` of a seed is to be. */
export function plan(seed: number, index: number): Plan {
  const dice = random(seed, index, 0);
  const genre = dice.pick(genres);
  const given = dice.chance(0.5) ? dice.pick(moods) : plain;
  const modes = Object.keys(genre.progressions) as Mode[];
  const mood = given.mode === undefined || modes.includes(given.mode) ? given : plain;
  const { drums, roles } = company(dice, genre.quiet ?? 0);
  const taken: string[] = [];
  const cast = Object.fromEntries(roles.map((role) => [role, player(dice, role, genre[role], taken)]));
  const others = genres.filter(
    ({ adjective, beats, name }) => adjective && beats === genre.beats && name !== genre.name,
  );
  return {
    genre,
    bpm: tempo(dice, genre),
    mode: mood.mode ?? dice.pick(modes),
    tonic: dice.int(12),
    mood,
    ...(drums && { kit: dice.pick(genre.kits) }),
    cast,
    ...(cast.lead && others.length > 0 && dice.chance(0.12) && { manner: dice.pick(others) }),
  };
}
