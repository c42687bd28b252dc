// Whether long music has seams: how much the log-mel spectrum of a piece jumps from frame to frame where windows begin and
// end, beside all other frames. npx tsx tools/music/evaluate-seams.ts [model [pieces [seconds]]]
import { melSpectrogram } from "../../src/audio/spectrogram.ts";
import { pocketMusicFolder } from "../../src/host/node/pocket.ts";
import { nodeHost } from "../../src/host/node.ts";
import { compose } from "../../src/pipelines/compose/compose.ts";
import { denoisedOverlap } from "../../src/pipelines/compose/composer.ts";
import { musicModel } from "../../src/pipelines/compose/form.ts";
import type { Composed } from "../../src/pipelines/compose/request.ts";
import { windowsOver } from "../../src/pipelines/compose/windows.ts";
import { mean } from "../../src/pipelines/evaluate/data.ts";
import { DiffusionModel } from "../../src/pipelines/model/diffusion-model.ts";

const [folder = pocketMusicFolder, pieces = "5", seconds = "60"] = process.argv.slice(2);
const prompts = [
  "funk bassline with a jazzy saxophone",
  "church bells",
  "techno beat with a synth lead, 128 bpm",
  "slow piano ballad",
  "rock drums and distorted guitar",
];

const host = nodeHost();
const music = await musicModel(host, await DiffusionModel.open(host, folder));
const { factor } = music.model;

async function composed(prompt: string, seed: number): Promise<Composed> {
  const run = compose(music, { prompts: [prompt], seconds: Number(seconds), seed });
  let next = await run.next();
  while (!next.done) next = await run.next();
  return next.value;
}

/** Mean change of the bands' levels, in decibels above a floor of 60 below the loudest, from each frame to the next. */
function jumps({ sound, parameters }: Composed): Float64Array {
  const { frames, bins, data } = melSpectrogram(sound.channels[0]!, parameters);
  const loudest = data.reduce((a, b) => Math.max(a, b));
  const level = (value: number): number => 20 * Math.log10(Math.max(value / loudest, 1e-3));
  return Float64Array.from({ length: frames - 1 }, (_, t) => {
    let sum = 0;
    for (let b = 0; b < bins; b++) sum += Math.abs(level(data[(t + 1) * bins + b]!) - level(data[t * bins + b]!));
    return sum / bins;
  });
}

const rows: string[] = [];
for (let k = 0; k < Number(pieces); k++) {
  const prompt = prompts[k % prompts.length]!;
  const piece = await composed(prompt, k);
  const { starts, width } = windowsOver(piece.picture.width / factor, music.form.columns / factor, denoisedOverlap);
  const borders = new Set(starts.flatMap((start) => [start, start + width]).map((at) => at * factor));
  const all = jumps(piece);
  // The jump into a border's frame, and the one out of it.
  const isBorder = (t: number): boolean => borders.has(t + 1) || borders.has(t);
  const others = [...all].filter((_, t) => !isBorder(t)).sort((a, b) => a - b);
  const limit = others[Math.floor(0.95 * others.length)]!;
  const at = [...all].filter((_, t) => isBorder(t));
  const within = at.filter((jump) => jump <= limit).length;
  rows.push(
    `| ${prompt} | ${mean(at).toFixed(2)} dB | ${mean(others).toFixed(2)} dB | ${limit.toFixed(2)} dB | ${within} of ${at.length} |`,
  );
}
console.log(`${seconds} s each, windows of ${music.form.columns} columns\n`);
console.log(
  "| prompt | jump at borders | elsewhere | 95th percentile there | borders within it |\n| - | - | - | - | - |",
);
console.log(rows.join("\n"));
await music.model.close();
