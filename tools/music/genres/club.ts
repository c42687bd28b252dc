import { type Genre, type Groove, straight } from "../genre.ts";

const fourFloor = "X...X...X...X...";
const claps = "....X.......X...";
const clubFills: readonly Groove[] = [
  { kick: "X...X...X.......", clap: "....X...x.x.xxXX", hat: "..x...x...x....." },
  { kick: "X...X...X...X...", snare: "........o.o.xxXX", open: "..x...x...x...x." },
];

export const disco: Genre = {
  name: "disco",
  bpm: [108, 128],
  swing: straight,
  kits: ["acoustic"],
  progressions: {
    major: ["I vi ii7 V7", "Imaj7 IVmaj7 iii7 vi7"],
    minor: ["i7 iv7 bVII7 bIIImaj7", "i bVI bVII i", "i7 bVII bVI V7"],
  },
  scales: { major: "major", minor: "minor" },
  grooves: [
    { kick: fourFloor, snare: claps, open: "..x...x...x...x." },
    { kick: fourFloor, clap: claps, hat: "xo.oxo.oxo.oxo.o", open: "..x...x...x...x." },
  ],
  fills: clubFills,
  bass: {
    instruments: ["electric bass", "slap bass"],
    patterns: ["r_o_r_o_r_o_r_o_", "r_o_r_oor_o_7_o_", "r.o.r.o.5.o.7.o."],
  },
  chords: {
    instruments: ["strings", "electric piano", "muted guitar", "piano", "brass"],
    patterns: ["X_______x_______", "..x...x...x...x.", "x.oox.oox.oox.oo", "..x_..x_..x_..x_"],
  },
  lead: {
    instruments: ["strings", "brass", "trumpet", "flute", "synth lead", "violin"],
    patterns: ["x_x_x_x___x_x___", "x.xx.x.xx_......", "x___x___x_x_x_x_"],
  },
};

export const house: Genre = {
  name: "house",
  aliases: ["house music"],
  bpm: [116, 128],
  swing: { pair: 0.5, first: 0.54 },
  kits: ["electronic", "808"],
  progressions: {
    major: ["Imaj7 Imaj7 vi7 IVmaj7", "ii7 ii7 Imaj7 Imaj7"],
    minor: ["i7 i7 iv7 iv7", "i9 i9 bVImaj7 v7", "i7 bIIImaj7 iv7 v7"],
  },
  scales: { major: "majorPentatonic", minor: "minorPentatonic" },
  grooves: [
    { kick: fourFloor, clap: claps, open: "..x...x...x...x." },
    { kick: fourFloor, clap: claps, hat: "o.x.o.x.o.x.o.x.", shaker: "oooooooooooooooo" },
    { kick: fourFloor, clap: claps, open: "..x...x...x...x.", conga: "...x..x....x..x." },
  ],
  fills: clubFills,
  bass: { instruments: ["synth bass"], patterns: ["..r...r...r...r.", "r..r..r...r..o..", "..rr..r...rr..o."] },
  chords: {
    instruments: ["piano", "organ", "synth pad", "electric piano", "synth lead"],
    patterns: ["x..x..x...x..x..", "..x...x...x...x.", "x_____x_____x___", "X_______________"],
  },
  lead: {
    instruments: ["organ", "piano", "flute", "vibraphone", "chip synth", "saxophone"],
    patterns: ["x..x..x.........", "..x...x...x.x...", "x.x..x..x.x....."],
  },
};

export const techno: Genre = {
  name: "techno",
  bpm: [124, 144],
  swing: straight,
  kits: ["electronic", "808"],
  progressions: { minor: ["i i i i", "i i bII i", "i5 i5 i5 bVII5"] },
  scales: { major: "minor", minor: "minor" },
  grooves: [
    { kick: fourFloor, open: "..X...X...X...X." },
    { kick: fourFloor, hat: "ooxoooxoooxoooxo", clap: claps },
    { kick: fourFloor, open: "..x...x...x...x.", rim: "...x..x..x....x." },
  ],
  fills: [{ kick: "X...X...X.X.XXXX", open: "..X...X...X....." }],
  bass: { instruments: ["synth bass"], patterns: [".rrr.rrr.rrr.rrr", "..r...r...r...r.", "r.rr.rr.r.rr.ro."] },
  chords: {
    instruments: ["synth lead", "synth pad", "chip synth"],
    patterns: ["x..x..x.........", "..x.....x..x....", "X_______________"],
  },
  lead: {
    instruments: ["synth lead", "chip synth", "marimba", "kalimba"],
    patterns: ["x.x.xx.xx.x.xx.x", "x..x..x.x..x..x.", "xxx.xxx.xxx.xxx."],
  },
};

export const drumAndBass: Genre = {
  name: "drum and bass",
  aliases: ["jungle"],
  bpm: [164, 180],
  swing: straight,
  kits: ["acoustic", "electronic"],
  progressions: { minor: ["i7 i7 bVImaj7 bVImaj7", "i i bVII bVI", "i9 i9 iv9 iv9"] },
  scales: { major: "minorPentatonic", minor: "minorPentatonic" },
  grooves: [
    { kick: "X.........x.....", snare: "....X..-.-..X...", hat: "x.x.x.x.x.x.x.x." },
    { kick: "X.x.......x.....", snare: "....X..-.-..X..-", hat: "xoxoxoxoxoxoxoxo" },
  ],
  fills: [{ kick: "X.x...X...x.....", snare: "....X..xx.xxX.XX", hat: "x.x.x.x.x.x.x.x." }],
  bass: { instruments: ["synth bass"], patterns: ["r_________r_____", "r_____r_____a___", "r___..r_..o_r___"] },
  chords: {
    instruments: ["synth pad", "electric piano", "strings"],
    patterns: ["X_______________", "x_____x_________"],
  },
  lead: {
    instruments: ["synth lead", "vibraphone", "flute", "electric piano", "chip synth"],
    patterns: ["x_____x_____x___", "x___x_______x___", "x__x__x_........"],
  },
};

export const hipHop: Genre = {
  name: "hip hop",
  aliases: ["lo-fi", "boom bap"],
  bpm: [72, 100],
  swing: { pair: 0.5, first: 0.58 },
  kits: ["808", "acoustic"],
  progressions: {
    major: ["Imaj7 IVmaj7 Imaj7 IVmaj7", "ii7 V7 Imaj7 vi7"],
    minor: ["i7 i7 bVImaj7 V7", "i7 iv7 i7 iv7", "i9 bVImaj7 iv7 v7"],
  },
  scales: { major: "majorPentatonic", minor: "minorPentatonic" },
  grooves: [
    { kick: "X......x..x.....", snare: "....X.......X...", hat: "x.x.x.x.x.x.x.x." },
    { kick: "X..x......x..x..", clap: "....X.......X...", hat: "x.xxx.x.x.xxx.x." },
    { kick: "X.........xx....", snare: "....X..-....X...", hat: "x.o.x.o.x.o.x.o." },
  ],
  fills: [{ kick: "X......x..x.....", snare: "....X.....-.X.xx", hat: "x.x.x.x.xxxxxx.." }],
  bass: {
    instruments: ["synth bass", "electric bass", "upright bass"],
    patterns: ["r______r__r_____", "r_____..r_r_..a_", "r_.....r..r_...."],
  },
  chords: {
    instruments: ["electric piano", "piano", "vibraphone", "strings", "nylon guitar"],
    patterns: ["x_______x_______", "x_____x_________", "x_______________", "0_1_2_3_2_1_2_1_"],
  },
  lead: {
    instruments: ["flute", "electric piano", "trumpet", "kalimba", "vibraphone", "sitar", "harp"],
    patterns: ["x__x__x_........", "x_x_..x_x_......", "..x_x___x_......"],
  },
};
