/** What an instrument does in a loop. */
export type Role = "bass" | "chords" | "lead";

export interface Instrument {
  /** What tells it from others, as in captions. */
  readonly label: string;
  /** General MIDI program, from 0. */
  readonly program: number;
  /** Phrases that name it; the first is the usual one. */
  readonly names: readonly string[];
  /** MIDI pitches that it is played at. */
  readonly low: number;
  readonly high: number;
  readonly roles: readonly Role[];
  /** Its sound swells slowly: it plays long notes. */
  readonly slow?: boolean;
}

const named = (label: string, ...others: string[]): Pick<Instrument, "label" | "names"> => ({
  label,
  names: [`${/^[aeiou]/.test(label) ? "an" : "a"} ${label}`, ...others],
});
/** Instruments that are spoken of without an article. */
const many = (label: string, ...others: string[]): Pick<Instrument, "label" | "names"> => ({
  label,
  names: [label, ...others],
});

export const instruments: readonly Instrument[] = [
  { ...named("piano", "a grand piano"), program: 0, low: 48, high: 86, roles: ["chords", "lead"] },
  { ...named("electric piano", "a rhodes"), program: 4, low: 48, high: 84, roles: ["chords", "lead"] },
  { ...named("harpsichord"), program: 6, low: 48, high: 84, roles: ["chords", "lead"] },
  { ...named("music box"), program: 10, low: 67, high: 96, roles: ["lead"] },
  { ...named("vibraphone", "vibes"), program: 11, low: 55, high: 86, roles: ["chords", "lead"] },
  { ...named("marimba"), program: 12, low: 52, high: 84, roles: ["chords", "lead"] },
  { ...named("organ", "a hammond organ"), program: 16, low: 48, high: 84, roles: ["chords", "lead"] },
  { ...named("church organ", "a pipe organ"), program: 19, low: 48, high: 79, roles: ["chords", "lead"], slow: true },
  { ...named("accordion"), program: 21, low: 53, high: 84, roles: ["chords", "lead"] },
  { ...named("harmonica"), program: 22, low: 60, high: 86, roles: ["lead"] },
  { ...named("nylon guitar", "a classical guitar"), program: 24, low: 45, high: 79, roles: ["chords", "lead"] },
  { ...named("acoustic guitar", "a steel guitar"), program: 25, low: 45, high: 79, roles: ["chords", "lead"] },
  { ...named("electric guitar", "a clean guitar"), program: 27, low: 45, high: 81, roles: ["chords", "lead"] },
  { ...named("muted guitar"), program: 28, low: 45, high: 76, roles: ["chords"] },
  { ...named("distorted guitar", "a heavy guitar"), program: 30, low: 40, high: 79, roles: ["chords", "lead"] },
  { ...named("upright bass", "a double bass"), program: 32, low: 28, high: 55, roles: ["bass"] },
  { ...named("electric bass", "a bass guitar"), program: 33, low: 28, high: 55, roles: ["bass"] },
  { ...named("slap bass"), program: 36, low: 28, high: 55, roles: ["bass"] },
  { ...named("synth bass"), program: 38, low: 28, high: 55, roles: ["bass"] },
  { ...named("violin", "a fiddle"), program: 40, low: 57, high: 90, roles: ["lead"] },
  { ...named("cello"), program: 42, low: 40, high: 69, roles: ["lead"] },
  { ...many("pizzicato strings"), program: 45, low: 48, high: 84, roles: ["chords", "lead"] },
  { ...named("harp"), program: 46, low: 45, high: 88, roles: ["chords", "lead"] },
  { ...many("strings", "a string section"), program: 48, low: 45, high: 84, roles: ["chords", "lead"], slow: true },
  { ...named("choir", "voices"), program: 52, low: 48, high: 79, roles: ["chords", "lead"], slow: true },
  { ...named("trumpet"), program: 56, low: 57, high: 84, roles: ["lead"] },
  { ...named("trombone"), program: 57, low: 45, high: 72, roles: ["lead"] },
  { ...many("brass", "a horn section"), program: 61, low: 50, high: 79, roles: ["chords", "lead"] },
  { ...named("saxophone", "a sax", "an alto sax"), program: 65, low: 54, high: 82, roles: ["lead"] },
  { ...named("clarinet"), program: 71, low: 52, high: 84, roles: ["lead"] },
  { ...named("flute"), program: 73, low: 62, high: 93, roles: ["lead"] },
  { ...named("pan flute"), program: 75, low: 62, high: 91, roles: ["lead"] },
  { ...named("chip synth", "a square synth"), program: 80, low: 57, high: 88, roles: ["lead"] },
  { ...named("synth lead", "a saw synth"), program: 81, low: 52, high: 84, roles: ["chords", "lead"] },
  { ...named("synth pad", "a warm pad"), program: 89, low: 48, high: 79, roles: ["chords"], slow: true },
  { ...named("sitar"), program: 104, low: 50, high: 79, roles: ["lead"] },
  { ...named("banjo"), program: 105, low: 50, high: 81, roles: ["chords", "lead"] },
  { ...named("kalimba", "a thumb piano"), program: 108, low: 57, high: 86, roles: ["chords", "lead"] },
  { ...many("steel drums"), program: 114, low: 57, high: 84, roles: ["chords", "lead"] },
];

/** Drum kits: programs of the percussion channel. */
export const kits = {
  acoustic: { program: 0, names: ["drums", "acoustic drums"] },
  power: { program: 16, names: ["drums", "heavy drums"] },
  electronic: { program: 24, names: ["drums", "electronic drums"] },
  "808": { program: 25, names: ["808 drums", "drums"] },
  jazz: { program: 32, names: ["drums", "jazz drums"] },
  brush: { program: 40, names: ["brushed drums", "drums with brushes"] },
} as const;
export type Kit = keyof typeof kits;

/** What drums are called in figures. */
export const drumsLabel = "drums";

const byLabel = new Map(instruments.map((instrument) => [instrument.label, instrument]));

export function instrument(label: string): Instrument {
  const found = byLabel.get(label);
  if (!found) throw new Error(`there is no instrument "${label}"`);
  return found;
}
