// How smooth animations of a model are, over seeded pairs of prompts: with and without anchor and evening; and how well
// pictures as ends are drawn again. Prints Markdown: npx tsx tools/animation/evaluate.ts [pairs [frames [model]]]
import { openEvaluationData, renderedCorpus } from "../../src/apps/cli/evaluation-data.ts";
import { pocketFolder } from "../../src/host/node/pocket.ts";
import { nodeHost } from "../../src/host/node.ts";
import { animate } from "../../src/pipelines/animate/animate.ts";
import type { AnimateRequest, Animation, EndReport } from "../../src/pipelines/animate/request.ts";
import { latentsInMemory } from "../../src/pipelines/animate/store.ts";
import { ClipModel } from "../../src/pipelines/clip/clip.ts";
import { choose, mean, median } from "../../src/pipelines/evaluate/data.ts";
import { DiffusionModel } from "../../src/pipelines/model/diffusion-model.ts";

const [pairCount = 20, frames = 16] = process.argv.slice(2, 4).map(Number);
const folder = process.argv[4] ?? pocketFolder;
const seed = 1;

const host = nodeHost();
const [model, clip] = await Promise.all([DiffusionModel.open(host, folder), ClipModel.open(host, folder)]);
const data = await openEvaluationData(host, renderedCorpus);

const ways = [
  { name: "as it comes", anchor: 0, even: false },
  { name: "anchor", anchor: 0.2, even: false },
  { name: "even", anchor: 0, even: true },
  { name: "anchor, even", anchor: 0.2, even: true },
] as const;

async function run(request: AnimateRequest, store = latentsInMemory()): Promise<Animation> {
  const run = animate(model, request, { clip, store });
  let next = await run.next();
  while (!next.done) next = await run.next();
  return next.value;
}

const found = new Map<string, Animation[]>(ways.map(({ name }) => [name, []]));
const prompts = choose(data.things, 2 * pairCount, seed).map(({ prompt }) => prompt);
for (let k = 0; k < pairCount; k++) {
  const ends = prompts.slice(2 * k, 2 * k + 2).map((prompt) => ({ prompt, seed: seed + k }));
  // Evening begins from what is there.
  const stores = new Map([0, 0.2].map((anchor) => [anchor, latentsInMemory()]));
  for (const { name, anchor, even } of ways)
    found.get(name)!.push(await run({ ends, frames, anchor, even }, stores.get(anchor)));
  const ratios = ways.map(({ name }) => found.get(name)!.at(-1)!.smoothness.maxToMedian?.toFixed(2) ?? "–");
  process.stderr.write(`${ends.map(({ prompt }) => prompt).join(" | ")}: ${ratios.join(", ")}\n`);
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "-"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

console.log(`${pairCount} pairs of prompts, ${frames} frames each, seeds from ${seed}, distances of CLIP and pixels\n`);
console.log(
  table(
    ["", "max/median, mean", "worst", "mean step", "largest step", "variation", "jerk"],
    ways.map(({ name }) => {
      const all = found.get(name)!.map(({ smoothness }) => smoothness);
      const ratios = all.map(({ maxToMedian }) => maxToMedian ?? Number.NaN);
      const of = (read: (one: (typeof all)[number]) => number): string => mean(all.map(read)).toFixed(4);
      return [
        name,
        mean(ratios).toFixed(2),
        Math.max(...ratios).toFixed(2),
        of((one) => one.mean),
        of((one) => one.max),
        mean(all.map(({ variation }) => variation ?? 0)).toFixed(2),
        of(({ jerk }) => jerk),
      ];
    }),
  ),
);

const sides: { readonly set: string; readonly end: EndReport }[] = [];
for (const { name, pictures } of data.reconstructed) {
  const chosen = choose(pictures, 8, seed);
  for (let k = 0; k < chosen.length; k += 2) {
    const pair = await Promise.all(chosen.slice(k, k + 2).map((one) => one.picture(model.pictureSize)));
    const { ends } = await run({ ends: pair.map((picture) => ({ picture, seed })), frames: 2 });
    for (const end of ends) sides.push({ set: name, end });
  }
}
console.log(`\nPictures as ends, PSNR of the frame there in dB, median (least)\n`);
console.log(
  table(
    ["pictures of", "to the picture", "the autoencoder's own", "frame to the autoencoder's"],
    data.reconstructed.map(({ name }) => {
      const all = sides.filter(({ set }) => set === name).map(({ end }) => end);
      const figure = (read: (end: EndReport) => number): string => {
        const values = all.map(read);
        return `${median(values).toFixed(1)} (${Math.min(...values).toFixed(1)})`;
      };
      return [
        name,
        figure(({ psnr }) => psnr!),
        figure(({ autoencoderPsnr }) => autoencoderPsnr!),
        figure(({ reconstructionPsnr }) => reconstructionPsnr!),
      ];
    }),
  ),
);
await Promise.all([model.close(), clip.close()]);
