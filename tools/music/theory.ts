/** Semitones from the tonic. */
export const scales = {
  major: [0, 2, 4, 5, 7, 9, 11],
  minor: [0, 2, 3, 5, 7, 8, 10],
  dorian: [0, 2, 3, 5, 7, 9, 10],
  mixolydian: [0, 2, 4, 5, 7, 9, 10],
  majorPentatonic: [0, 2, 4, 7, 9],
  minorPentatonic: [0, 3, 5, 7, 10],
  blues: [0, 3, 5, 6, 7, 10],
} as const;
export type Scale = keyof typeof scales;

export type Mode = "major" | "minor";

export interface Chord {
  /** Semitones of the root above the tonic, 0 to 11. */
  readonly root: number;
  /** Semitones of all its tones above the root, the root first. */
  readonly tones: readonly number[];
}

/** By suffix, after a capital numeral and after a small one. */
const qualities: Readonly<Record<string, readonly [major: readonly number[], minor: readonly number[]]>> = {
  "": [
    [0, 4, 7],
    [0, 3, 7],
  ],
  "5": [
    [0, 7, 12],
    [0, 7, 12],
  ],
  "6": [
    [0, 4, 7, 9],
    [0, 3, 7, 9],
  ],
  "7": [
    [0, 4, 7, 10],
    [0, 3, 7, 10],
  ],
  "9": [
    [0, 4, 7, 10, 14],
    [0, 3, 7, 10, 14],
  ],
  maj7: [
    [0, 4, 7, 11],
    [0, 3, 7, 11],
  ],
  add9: [
    [0, 4, 7, 14],
    [0, 3, 7, 14],
  ],
  sus4: [
    [0, 5, 7],
    [0, 5, 7],
  ],
  dim: [
    [0, 3, 6],
    [0, 3, 6],
  ],
  ø: [
    [0, 3, 6, 10],
    [0, 3, 6, 10],
  ],
};

const numerals = ["I", "II", "III", "IV", "V", "VI", "VII"];

/** "bVII7" → a chord above the tonic. Degrees are those of the major scale; small numerals are minor chords. */
export function chord(name: string): Chord {
  const [, accidental, numeral = "", suffix = ""] = /^([b#]?)([IV]+|[iv]+)(.*)$/.exec(name) ?? [];
  const degree = scales.major[numerals.indexOf(numeral.toUpperCase())];
  const quality = qualities[suffix];
  if (degree === undefined || !quality) throw new Error(`"${name}" is no chord`);
  const shift = accidental === "b" ? 11 : accidental === "#" ? 1 : 0;
  return { root: (degree + shift) % 12, tones: quality[numeral === numeral.toUpperCase() ? 0 : 1] };
}

/** "ii7 V7 Imaj7" → chords. */
export const progression = (names: string): Chord[] => names.split(" ").map(chord);

/** The pitch of a class, 0 to 11, that is nearest to another pitch. */
export function nearestPitch(pitchClass: number, to: number): number {
  const up = (((pitchClass - to) % 12) + 12) % 12;
  return to + (up > 6 ? up - 12 : up);
}

/**
 * A chord's tones from low to high in the inversion whose middle is nearest to `centre`, so that voices move little from
 * chord to chord. At most four; the root of a larger one is the bass's.
 */
export function voicing({ root, tones }: Chord, tonic: number, centre: number): number[] {
  const classes = tones.length > 4 ? tones.slice(1) : tones;
  const open = classes.includes(12);
  const inversions = classes.map((_, first) => {
    const turned = open ? classes : [...classes.slice(first), ...classes.slice(0, first).map((tone) => tone + 12)];
    const pitches = turned.map((tone) => tonic + root + tone).sort((a, b) => a - b);
    const middle = pitches.reduce((sum, pitch) => sum + pitch, 0) / pitches.length;
    const octaves = 12 * Math.round((centre - middle) / 12);
    return { pitches: pitches.map((pitch) => pitch + octaves), distance: Math.abs(middle + octaves - centre) };
  });
  return inversions.reduce((best, one) => (one.distance < best.distance ? one : best)).pitches;
}

/** The pitches of a scale from `low` to `high`. */
export const scalePitches = (scale: Scale, tonic: number, low: number, high: number): number[] =>
  Array.from({ length: high - low + 1 }, (_, i) => low + i).filter((pitch) =>
    (scales[scale] as readonly number[]).includes((((pitch - tonic) % 12) + 12) % 12),
  );
