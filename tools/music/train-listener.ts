// Trains the listener on loops that nothing else learns from: npx tsx tools/music/train-listener.ts [corpus] [steps]

import { input } from "../../src/graph/index.ts";
import { nodeHost } from "../../src/host/node.ts";
import { Trunk, trunkConfigToJson } from "../../src/models/trunk/index.ts";
import { ints } from "../../src/runtime/ndarray.ts";
import { drawn, random } from "../../src/training/data/random.ts";
import {
  adamW,
  emaDecay,
  initialState,
  initialWeights,
  learningRate,
  muonAt,
  trainedWeights,
  trainStep,
} from "../../src/training/index.ts";
import { writeModel } from "../../src/training/model-files.ts";
import { soundsOf } from "./captions.ts";
import { openMusic } from "./corpus.ts";
import { genreNames, listenerConfig, listenerLoss, senses, sounds } from "./listener.ts";

const batch = 32;
/** Columns of the windows that it learns from: a quarter of a clip. */
const columns = 128;
const seed = 7;

const [folder = ".corpus-music/judge", wanted = "2500", out = "tools/music/listener"] = process.argv.slice(2);
const steps = Number(wanted);
const rate = { peak: 0.002, warmup: 50, schedule: "cosine", steps } as const;

const { entries, picture } = openMusic(folder, ["train", "held-loop", "held-pair"]);
const host = nodeHost();
const trunk = new Trunk(listenerConfig);
const loss = listenerLoss(
  trunk,
  input("pictures", "f32", [batch, 3, 128, columns]),
  input("present", "i64", [batch, sounds.length]),
  input("genre", "i64", [batch]),
);
const muon = muonAt(2);
const group = { params: trunk.parameters, loss, optimizer: adamW(), muon, ema: emaDecay(0.99), clip: 1 };
const trainer = await trainStep({ host, groups: { listener: group }, metrics: { loss } });
const state = { step: 0, arrays: initialState(initialWeights(trunk.parameters, seed), true, muon) };

const started = performance.now();
let sum = 0;
for (let step = 0; step < steps; step++) {
  const some = Array.from({ length: batch }, (_, i) => entries[drawn(step * batch + i, entries.length, seed)]!);
  const pictures = some.map(picture);
  const from = random(seed, step).int(pictures[0]!.width - columns + 1);
  const present = some.flatMap((entry) => {
    const there = new Set(soundsOf(entry));
    return sounds.map((sound) => (there.has(sound) ? 1 : 0));
  });
  const genre = ints(some.map((entry) => genreNames.indexOf(entry.genre)));
  const feeds = { pictures: senses(pictures, from, columns), present: ints(present, [batch, sounds.length]), genre };
  const metrics = await trainer.step(state, [feeds], { listener: learningRate(step, rate) });
  sum += metrics.loss!;
  if ((step + 1) % 50 > 0) continue;
  const perSecond = ((step + 1) * batch * 1000) / (performance.now() - started);
  process.stderr.write(
    `step ${step + 1} of ${steps}: loss ${(sum / 50).toFixed(3)}, ${perSecond.toFixed(0)} clips/s\n`,
  );
  sum = 0;
}
await trainer.close();
await writeModel(host, out, {
  name: "model",
  config: trunkConfigToJson(listenerConfig),
  weights: trainedWeights(state, trunk.parameters),
  precision: "fp16",
});
