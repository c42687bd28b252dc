// Pictures of sound played, and made: npx tsx benchmarks/sound.bench.ts
import { readFileSync } from "node:fs";
import { soundOfMel } from "../src/audio/spectrogram.ts";
import { riffusionParameters, type SpectrogramParameters } from "../src/audio/spectrogram-parameters.ts";
import { melOfPicture, soundToPicture } from "../src/audio/spectrogram-picture.ts";
import { readWav } from "../src/audio/wav.ts";
import { nodeHost } from "../src/host/node.ts";
import { Floor } from "../src/pipelines/bench/floor.ts";
import { parameters as pocket } from "../tools/music/parameters.ts";
import { digits, keep, median } from "./report.ts";

const rounds = 7;
const file = new URL("../tests/fixtures/riffusion-default/input.wav", import.meta.url);
const { sampleRate, channels } = readWav(readFileSync(file), "input.wav");
const [short] = channels as readonly [Float32Array];
const seconds = 5.11;
const samples = Float32Array.from({ length: Math.round(seconds * sampleRate) }, (_, i) => short[i % short.length]!);

/** Seconds of one thread's work. */
function timed(work: () => void): number {
  const began = performance.now();
  work();
  return (performance.now() - began) / 1000;
}

function measured(parameters: SpectrogramParameters): { playing: number; making: number } {
  const { picture, maxValue } = soundToPicture({ sampleRate, channels: [samples] }, parameters);
  const [mel] = melOfPicture(picture, parameters, maxValue);
  const times = Array.from({ length: rounds + 1 }, () => ({
    playing: timed(() => {
      for (const _ of soundOfMel(mel!, parameters));
    }),
    making: timed(() => soundToPicture({ sampleRate, channels: [samples] }, parameters)),
  })).slice(1);
  return { playing: median(times.map(({ playing }) => playing)), making: median(times.map(({ making }) => making)) };
}

const floor = await Floor.open(nodeHost());
const peaks = await floor.measure();
await floor.close();
const results = Object.entries({ "Riffusion's": riffusionParameters, "pocket-music's": pocket }).map(
  ([name, parameters]) => ({ name, ...measured(parameters) }),
);
keep(
  "sound",
  peaks,
  [
    `${seconds} s with parameters`,
    "inverse mel and Griffin-Lim, ms",
    "of real time",
    "to a picture, ms",
    "of real time",
  ],
  results.map(({ name, playing, making }) => [
    name,
    digits(1000 * playing),
    `${digits(seconds / playing)}×`,
    digits(1000 * making),
    `${digits(seconds / making)}×`,
  ]),
  { results },
);
