// Whether music moves steadily from one prompt to another: how alike each clip on the way is to the first and the last one,
// by the model's CLIP where it has one and else by the spectra. npx tsx tools/music/evaluate-interpolation.ts [model [pairs]]
import { thumbnail } from "../../src/evaluation/neighbours.ts";
import { pocketMusicFolder } from "../../src/host/node/pocket.ts";
import { nodeHost } from "../../src/host/node.ts";
import { crop } from "../../src/image/resize.ts";
import { ClipModel, similarities } from "../../src/pipelines/clip/clip.ts";
import { compose } from "../../src/pipelines/compose/compose.ts";
import { musicModel } from "../../src/pipelines/compose/form.ts";
import { extentOf } from "../../src/pipelines/compose/request.ts";
import { DiffusionModel } from "../../src/pipelines/model/diffusion-model.ts";
import type { Picture } from "../../src/runtime/host.ts";
import { ndarray } from "../../src/runtime/ndarray.ts";

const [folder = pocketMusicFolder, pairs = "10"] = process.argv.slice(2);
const prompts = [
  "funk bassline with a jazzy saxophone",
  "church bells",
  "techno beat with a synth lead",
  "slow piano ballad",
  "rock drums and distorted guitar",
  "string quartet",
  "reggae with organ and bass",
  "acoustic guitar",
  "trance with synth strings",
  "jazz trio with vibraphone",
];

const host = nodeHost();
const music = await musicModel(host, await DiffusionModel.open(host, folder));
const clip = (await host.exists(`${folder}/clip/config.json`)) ? await ClipModel.open(host, folder) : undefined;

/** The spectra of the clips from one prompt to the other. */
async function way(request: { prompts: readonly string[]; seed: number }): Promise<Picture[]> {
  const run = compose(music, { ...request, iterations: 1 });
  let next = await run.next();
  while (!next.done) next = await run.next();
  const { picture } = next.value;
  const { clip: width, columns } = extentOf(music, request);
  return Array.from({ length: columns / width }, (_, k) => crop(picture, k * width, 0, width, picture.height));
}

/** Cosines of all pairs of pictures. */
async function likeness(pictures: readonly Picture[]): Promise<number[][]> {
  if (clip) {
    const shown = await clip.embedImages(pictures);
    return similarities(shown, shown);
  }
  const vectors = pictures.map((picture) => {
    const grey = Float32Array.from(thumbnail(picture));
    const mean = grey.reduce((a, b) => a + b) / grey.length;
    const length = Math.hypot(...grey.map((value) => value - mean));
    return grey.map((value) => (value - mean) / length);
  });
  const all = ndarray(Float32Array.of(...vectors.flatMap((vector) => [...vector])), [
    pictures.length,
    vectors[0]!.length,
  ]);
  return similarities(all, all);
}

let [steady, steps] = [0, 0];
console.log(
  `${pairs} pairs, similarity by ${clip ? "CLIP" : "spectra"}\n\n| from | to | to the first clip | to the last clip |\n| - | - | - | - |`,
);
for (let k = 0; k < Number(pairs); k++) {
  const ends = [prompts[k % prompts.length]!, prompts[(k + 1 + Math.floor(k / prompts.length)) % prompts.length]!];
  const cosines = await likeness(await way({ prompts: ends, seed: k }));
  const [first, last] = [cosines[0]!, cosines.at(-1)!];
  for (let i = 1; i < first.length; i++) {
    steady += Number(first[i]! < first[i - 1]!) + Number(last[i]! > last[i - 1]!);
    steps += 2;
  }
  const shown = (values: readonly number[]): string => values.map((value) => value.toFixed(2)).join(" ");
  console.log(`| ${ends.join(" | ")} | ${shown(first)} | ${shown(last)} |`);
}
console.log(`\n${steady} of ${steps} steps (${((100 * steady) / steps).toFixed(0)} %) go the right way`);
await music.model.close();
await clip?.close();
