import { bandFills, type Genre, shuffle, straight } from "../genre.ts";

export const rock: Genre = {
  name: "rock",
  bpm: [100, 152],
  swing: straight,
  kits: ["power", "acoustic"],
  progressions: {
    major: ["I bVII IV I", "I V vi IV", "I IV V IV"],
    minor: ["i bVII bVI bVII", "i bIII bVII iv", "i bVI bIII bVII"],
  },
  scales: { major: "majorPentatonic", minor: "minorPentatonic" },
  grooves: [
    { kick: "X.......x.x.....", snare: "....X.......X...", hat: "x.o.x.o.x.o.x.o." },
    { kick: "X.....x.x.......", snare: "....X.......X...", hat: "x.x.x.x.x.x.x.x." },
    { kick: "X...x...X...x...", snare: "....X.......X..o", open: "x...x...x...x..." },
  ],
  fills: bandFills,
  bass: {
    instruments: ["electric bass"],
    patterns: ["r_r_r_r_r_r_r_r_", "r_r_r_r_r_r_5_a_", "r___r_r_r___r_5_"],
  },
  chords: {
    instruments: ["distorted guitar", "electric guitar", "organ", "piano"],
    patterns: ["X_x_x_x_X_x_x_x_", "X_____x_x_____x_", "X_______x_______"],
  },
  lead: {
    instruments: ["distorted guitar", "electric guitar", "organ", "harmonica", "synth lead"],
    patterns: ["x___x_x_x___x___", "x_x_x___x_x_x_x_", "x_____x_x___x_x_"],
  },
};

export const metal: Genre = {
  name: "metal",
  aliases: ["heavy metal"],
  bpm: [132, 180],
  swing: straight,
  kits: ["power"],
  progressions: { minor: ["i5 i5 bVI5 bVII5", "i5 bII5 i5 bIII5", "i5 bVII5 bVI5 bII5", "i5 i5 bIII5 bII5"] },
  scales: { major: "minor", minor: "minor" },
  grooves: [
    { kick: "x.x.x.x.x.x.x.x.", snare: "....X.......X...", crash: "x...x...x...x..." },
    { kick: "xxxxxxxxxxxxxxxx", snare: "....X.......X...", ride: "x...x...x...x..." },
    { kick: "X..x..x.X..x..x.", snare: "....X.......X...", open: "x...x...x...x..." },
  ],
  fills: [{ kick: "x.x.x.x.x.x.x.x.", snare: "XxxxXxxx........", high: "........xxxx....", low: "............xxxx" }],
  bass: { instruments: ["electric bass"], patterns: ["r_r_r_r_r_r_r_r_", "r_rrr_rrr_rrr_rr"] },
  chords: {
    instruments: ["distorted guitar"],
    patterns: ["X_x_x_x_X_x_x_x_", "XxxXxxXxXxxXxxX_", "X.xxX.xxX.xxX.xx"],
  },
  lead: {
    instruments: ["distorted guitar", "synth lead", "choir", "strings", "church organ"],
    patterns: ["x_x_x_x_x_x_x_x_", "x___x_x_x___x_x_", "xxxxx_x_xxxxx_x_"],
  },
};

export const pop: Genre = {
  name: "pop",
  aliases: ["pop music"],
  bpm: [92, 132],
  swing: straight,
  kits: ["acoustic", "electronic"],
  progressions: {
    major: ["I V vi IV", "vi IV I V", "I vi IV V", "I IV vi V"],
    minor: ["i bVI bIII bVII", "i iv bVI bVII", "i bVII bVI bVII"],
  },
  scales: { major: "majorPentatonic", minor: "minor" },
  grooves: [
    { kick: "X.......x.......", clap: "....X.......X...", hat: "x.x.x.x.x.x.x.x." },
    { kick: "X.....x.x.......", snare: "....X.......X...", hat: "x.o.x.o.x.o.x.o.", tambourine: "....o.......o..." },
    { kick: "X.....x...x.....", clap: "....X.......X...", hat: "xoooxoooxoooxooo" },
  ],
  fills: bandFills,
  bass: {
    instruments: ["electric bass", "synth bass"],
    patterns: ["r_____r_r_____r_", "r_r_r_r_r_r_r_r_", "r_______r___5___"],
  },
  chords: {
    instruments: ["piano", "acoustic guitar", "electric piano", "synth pad", "strings"],
    patterns: ["X___x___x___x___", "X_____x_____x___", "0_1_2_1_0_1_2_1_", "X_______________"],
  },
  lead: {
    instruments: ["synth lead", "piano", "flute", "electric guitar", "chip synth", "kalimba", "steel drums"],
    patterns: ["x_x_x___x_x_x___", "x___x_x___x_x___", "x_x_x_x_x_______"],
  },
};

export const country: Genre = {
  name: "country",
  aliases: ["bluegrass"],
  bpm: [100, 148],
  swing: { pair: 0.5, first: 0.54 },
  kits: ["brush", "acoustic"],
  progressions: { major: ["I IV V I", "I I V V", "I IV I V", "I vi IV V"] },
  scales: { major: "majorPentatonic", minor: "minorPentatonic" },
  grooves: [
    { kick: "X.......x.......", snare: "..o.X.o...o.X.o." },
    { kick: "X.......x.......", snare: "o-o-X-o-o-o-X-o-" },
  ],
  fills: [{ kick: "x.......x.......", snare: "o-o-X-o-xoxoXxXx" }],
  bass: { instruments: ["upright bass", "electric bass"], patterns: ["r_..5_..r_..5_..", "r_..5_..r_..a_a_"] },
  chords: {
    instruments: ["acoustic guitar", "banjo", "piano"],
    patterns: ["0_x_1_x_0_x_1_x_", "0_x_0_xo1_x_0_xo", "0123210123012321"],
  },
  lead: {
    instruments: ["violin", "banjo", "harmonica", "acoustic guitar", "accordion"],
    patterns: ["x_xxx_x_x_xxx_x_", "x_x_xxx_x_x_x___", "xxxxx_x_xxxxx___"],
  },
};

export const blues: Genre = {
  name: "blues",
  adjective: "bluesy",
  bpm: [60, 120],
  swing: shuffle,
  kits: ["acoustic", "jazz"],
  progressions: {
    major: ["I7 IV7 I7 I7", "IV7 IV7 I7 I7", "V7 IV7 I7 V7", "I7 I7 IV7 V7"],
    minor: ["i7 iv7 i7 i7", "iv7 iv7 i7 V7"],
  },
  scales: { major: "blues", minor: "blues" },
  grooves: [
    { kick: "X.......x.......", snare: "....X.......X...", ride: "x.o.x.o.x.o.x.o." },
    { kick: "X.....x.x.......", snare: "....X.......X.-.", hat: "x.o.x.o.x.o.x.o." },
  ],
  fills: bandFills,
  bass: {
    instruments: ["electric bass", "upright bass"],
    patterns: ["r_r_3_3_5_5_3_3_", "r___3___5___a___", "r_r_5_5_7_7_5_5_"],
  },
  chords: {
    instruments: ["electric guitar", "piano", "organ"],
    patterns: ["x_o_x_o_x_o_x_o_", "..x_....x_x_....", "x_______..x_x___"],
  },
  lead: {
    instruments: ["harmonica", "electric guitar", "saxophone", "piano", "organ", "acoustic guitar"],
    patterns: ["x_x_x_____x_x___", "..x_x_x_x_______", "x___x_x_x___....", "x_x_x_x_x___...."],
  },
};

export const funk: Genre = {
  name: "funk",
  adjective: "funky",
  bpm: [92, 120],
  swing: { pair: 0.5, first: 0.55 },
  kits: ["acoustic"],
  progressions: {
    major: ["I9 I9 IV9 I9", "I7 bVII7 IV7 I7"],
    minor: ["i7 i7 IV9 IV9", "i7 i7 i7 bVII7", "i9 iv9 i9 V7"],
  },
  scales: { major: "mixolydian", minor: "dorian" },
  grooves: [
    { kick: "X..x..x...x..x..", snare: "....X..-.-..X..-", hat: "x.o.x.o.x.o.x.o." },
    { kick: "X.x.......xx....", snare: "....X..-.-..X...", hat: "xoooxoooxoooxooo" },
    { kick: "X.....x..x.x....", snare: "....X.......X.-.", hat: "x.x.x.x.x.x.x...", open: "..............x." },
  ],
  fills: bandFills,
  bass: {
    instruments: ["slap bass", "electric bass"],
    patterns: ["r_.ro..r.r.5_7o_", "r_..r.o.r_.7.5a_", "r.rr..o...r.7_a_", "r___..ro..r.o_7_"],
  },
  chords: {
    instruments: ["muted guitar", "electric guitar", "electric piano", "organ", "brass"],
    patterns: ["x.oox.oox.oox.oo", "..x...xx..x...x.", "....x..x....x..x", "x..x..x...x..x.."],
  },
  lead: {
    instruments: ["saxophone", "brass", "trumpet", "organ", "electric guitar", "synth lead", "electric piano"],
    patterns: ["x.x..x.x_...x.x_", "..x.xx.x_...x___", "x_..x.x.xx_.....", "xx.x_..xx.x_...."],
  },
};
