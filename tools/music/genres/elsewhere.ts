import { type Genre, straight } from "../genre.ts";

export const jazz: Genre = {
  name: "jazz",
  aliases: ["swing"],
  adjective: "jazzy",
  bpm: [96, 176],
  swing: { pair: 1, first: 0.64 },
  kits: ["jazz", "brush"],
  progressions: {
    major: ["ii7 V7 Imaj7 Imaj7", "Imaj7 vi7 ii7 V7", "iii7 vi7 ii7 V7", "I6 I6 ii7 V9"],
    minor: ["iiø V7 i7 i7", "i6 bVI7 iiø V7"],
  },
  scales: { major: "major", minor: "dorian" },
  grooves: [
    { ride: "X...x.o.X...x.o.", pedal: "....x.......x...", kick: "o.......o......." },
    { ride: "X...x.o.x...x.oo", pedal: "....x.......x...", snare: "......-.......-." },
  ],
  fills: [{ ride: "X...x.o.X.......", pedal: "....x.......x...", snare: "..-...o.x.o.x.xo" }],
  bass: {
    instruments: ["upright bass"],
    patterns: ["r___3___5___a___", "r___5___7___a___", "r___r___5___a___", "r___7___5___a___"],
  },
  chords: {
    instruments: ["piano", "electric guitar", "vibraphone", "organ"],
    patterns: ["x_....x_........", "..x_......x_....", "x___..x_..x_....", "......x_......x_"],
  },
  lead: {
    instruments: ["saxophone", "trumpet", "piano", "vibraphone", "clarinet", "trombone", "flute", "violin"],
    patterns: ["x_x_x_x_x_x_....", "..x_x_x_x___x___", "x___x_x_..x_x_x_", "x_x_x___....x_x_"],
  },
};

export const reggae: Genre = {
  name: "reggae",
  aliases: ["dub"],
  bpm: [64, 92],
  swing: { pair: 0.5, first: 0.56 },
  kits: ["acoustic"],
  progressions: {
    major: ["I IV I V", "I vi IV V", "I V IV I"],
    minor: ["i iv i iv", "i bVII i bVII", "i bVII bVI v"],
  },
  scales: { major: "majorPentatonic", minor: "minorPentatonic" },
  grooves: [
    { kick: "........X.......", rim: "........X.......", hat: "x.o.x.o.x.o.x.o." },
    { kick: "X...X...X...X...", rim: "........x.......", hat: "x.o.x.ooo.x.x.o." },
  ],
  fills: [{ kick: "x.......x.......", rim: "x..x..x.........", high: "........xxx.....", low: "...........xx.x." }],
  bass: { instruments: ["electric bass"], patterns: ["r_..r_3_5_..3_..", "r_____r_5_3_r_..", "..r_r_..5_..r_3_"] },
  chords: {
    instruments: ["electric guitar", "organ", "piano", "muted guitar"],
    patterns: ["....x.......x...", "..x...x...x...x.", "....x.o.....x.o."],
  },
  lead: {
    instruments: ["organ", "trombone", "brass", "harmonica", "saxophone", "steel drums", "flute"],
    patterns: ["x_x_x___........", "..x_x_x_x___....", "x___..x_x___...."],
  },
};

export const bossaNova: Genre = {
  name: "bossa nova",
  aliases: ["bossa"],
  bpm: [112, 148],
  swing: straight,
  kits: ["brush", "jazz"],
  progressions: {
    major: ["Imaj7 Imaj7 ii7 V7", "Imaj7 II7 ii7 V7", "Imaj7 vi7 ii7 V9"],
    minor: ["i7 i7 iiø V7", "i9 iv9 bVIImaj7 V7"],
  },
  scales: { major: "major", minor: "dorian" },
  grooves: [
    { kick: "x.....xox.....xo", rim: "x.....x.....x...", hat: "o.o.o.o.o.o.o.o." },
    { kick: "x.....xox.....xo", rim: "..x...x...x..x..", shaker: "x-o-x-o-x-o-x-o-" },
  ],
  fills: [{ kick: "x.....xox.....xo", rim: "x.....x...x.x.x.", hat: "o.o.o.o.o.o.o.o." }],
  bass: { instruments: ["upright bass", "electric bass"], patterns: ["r_____r_5_____5_", "r_____5_5_____a_"] },
  chords: {
    instruments: ["nylon guitar", "piano", "electric piano"],
    patterns: ["x..x..x...x..x..", "x___..x...x_....", "0.x.0.xx0.x.x..x"],
  },
  lead: {
    instruments: ["flute", "saxophone", "nylon guitar", "vibraphone", "trombone", "clarinet", "accordion"],
    patterns: ["x_____x___x_x___", "..x_x_x___x_....", "x___x_____x_x___"],
  },
};

export const salsa: Genre = {
  name: "salsa",
  aliases: ["latin"],
  adjective: "latin",
  bpm: [88, 112],
  swing: straight,
  kits: ["acoustic"],
  progressions: { major: ["I IV V IV", "ii7 V7 I I"], minor: ["i iv V7 iv", "i bVII bVI V7", "i V7 i V7"] },
  scales: { major: "major", minor: "minor" },
  grooves: [
    { cowbell: "x...x.o.x...x.o.", claves: "x..x..x...x.x...", slap: "....x.......x...", tumba: "..............xx" },
    { claves: "....x.x...x..x..", conga: "......xx......xx", slap: "x...x...x...x...", shaker: "xoxoxoxoxoxoxoxo" },
  ],
  fills: [
    { cowbell: "x...x.o.x.......", claves: "x..x..x...x.x...", conga: "........xxx.xxx.", low: "..............xx" },
  ],
  bass: {
    instruments: ["upright bass", "electric bass"],
    patterns: ["...r__5_...r__o_", "r_.5__o_...5__a_", "...5__o_...r__a_"],
  },
  chords: { instruments: ["piano", "marimba"], patterns: ["0.13.2.30.13.2.3", "x.x.xx.xx.x.xx.x", "0.31.3.20.31.3.2"] },
  lead: {
    instruments: ["trumpet", "brass", "trombone", "flute", "steel drums", "violin"],
    patterns: ["x.x_..x.x_......", "..xx.x__..xx.x__", "x_x.x_x.x_......"],
  },
};

export const classical: Genre = {
  name: "classical",
  aliases: ["chamber music", "baroque"],
  bpm: [60, 120],
  swing: straight,
  kits: ["acoustic"],
  progressions: {
    major: ["I V vi iii", "I IV V I", "I ii V I", "I V I V7"],
    minor: ["i iv V i", "i bVI iv V", "i bVII bVI V"],
  },
  scales: { major: "major", minor: "minor" },
  grooves: [{ tambourine: "....o.......o..." }],
  fills: [],
  bass: { instruments: ["upright bass"], patterns: ["r_______5_______", "r___3___5___3___"] },
  chords: {
    instruments: ["harpsichord", "strings", "piano", "harp", "pizzicato strings", "church organ", "nylon guitar"],
    patterns: ["0_2_1_2_0_2_1_2_", "0_1_2_3_2_1_2_1_", "0121012101210121", "x___x___x___x___"],
  },
  lead: {
    instruments: [
      "violin",
      "flute",
      "clarinet",
      "cello",
      "piano",
      "harpsichord",
      "trumpet",
      "harp",
      "pizzicato strings",
    ],
    patterns: ["x_x_x_x_x_x_x_x_", "x___x_x_x___x_x_", "x_____x_x_x_x_x_", "xxxxx_x_xxxxx_x_"],
  },
  quiet: 1,
};

export const ambient: Genre = {
  name: "ambient",
  aliases: ["chillout"],
  bpm: [60, 92],
  swing: straight,
  kits: ["808"],
  progressions: {
    major: ["Imaj7 IVmaj7 Imaj7 IVmaj7", "Iadd9 Iadd9 vi7 IVmaj7"],
    minor: ["i7 bVImaj7 i7 bVImaj7", "iadd9 bVII bVI bVII"],
  },
  scales: { major: "majorPentatonic", minor: "minorPentatonic" },
  grooves: [
    { kick: "x...............", rim: "........o.......", shaker: "o...-...o...-..." },
    { kick: "x.........o.....", hat: "..o...o...o...o." },
  ],
  fills: [],
  bass: { instruments: ["synth bass"], patterns: ["r_______________", "r_______5_______"] },
  chords: {
    instruments: ["synth pad", "choir", "strings", "church organ"],
    patterns: ["x_______________"],
  },
  lead: {
    instruments: ["kalimba", "music box", "vibraphone", "harp", "pan flute", "piano", "flute", "sitar", "cello"],
    patterns: ["x___..x___..x___", "x_____x_........", "x___x___x___x___", "x_x_x_x_........"],
  },
  quiet: 0.6,
};

export const waltz: Genre = {
  name: "waltz",
  beats: 3,
  bpm: [100, 176],
  swing: straight,
  kits: ["brush", "acoustic"],
  progressions: { major: ["I V7 I V7", "I IV V7 I", "I vi ii V7"], minor: ["i V7 i V7", "i iv V7 i", "i bVII bVI V7"] },
  scales: { major: "major", minor: "minor" },
  grooves: [{ kick: "X...........", snare: "....o...o..." }],
  fills: [],
  bass: { instruments: ["upright bass", "electric bass"], patterns: ["r_..........", "r___........"] },
  chords: {
    instruments: ["accordion", "piano", "strings", "nylon guitar"],
    patterns: ["....x...x...", "....x_..x_.."],
  },
  lead: {
    instruments: ["accordion", "violin", "clarinet", "music box", "flute", "piano"],
    patterns: ["x___x_x_x_x_", "x_______x___", "x___x___x___", "x_x_x_x_x___"],
  },
};
