// How drawn things depend on guidance and steps, as a Markdown table:
// npx tsx tools/pocket/sweep.ts [models/pocket] [guidances, as in 1.5,3,5] [steps, as in 4,20] [things] [seed]
import { nodeHost } from "../../src/host/node.ts";
import { ClipModel } from "../../src/pipelines/clip/clip.ts";
import { readLabels } from "../../src/pipelines/evaluate/clip.ts";
import { choose, type EvaluationProgress } from "../../src/pipelines/evaluate/data.ts";
import { drawPrompts } from "../../src/pipelines/evaluate/drawing.ts";
import { evaluateDrawn, type GenerationFigures } from "../../src/pipelines/evaluate/generation.ts";
import { readKnown } from "../../src/pipelines/evaluate/known.ts";
import { DiffusionModel } from "../../src/pipelines/model/diffusion-model.ts";
import { evaluationData } from "../corpus/evaluation.ts";

const [folder = "models/pocket", guidances = "1.5,2.5,4,5.5,7.5,9", steps = "4,8,20", count = "100", seeded = "1"] =
  process.argv.slice(2);
const numbers = (list: string): number[] => list.split(",").map(Number);
const seed = Number(seeded);

async function done<T>(work: AsyncGenerator<EvaluationProgress, T>): Promise<T> {
  for (;;) {
    const next = await work.next();
    if (next.done) return next.value;
    const { label, done, total } = next.value;
    if (process.stderr.isTTY) process.stderr.write(`\r${label} ${done} of ${total}   `);
  }
}

const host = nodeHost();
const data = evaluationData(".corpus");
const things = choose(data.things, Number(count), seed);
const prompts = things.map(({ prompt }) => prompt);
const model = await DiffusionModel.open(host, folder);
const judge = await ClipModel.open(host, folder);
const labels = await done(readLabels(judge, data.things));
const known = await done(readKnown(judge, things, data.known, model.pictureSize, seed));

const row = (cells: readonly (string | number)[]): void => console.log(`| ${cells.join(" | ")} |`);
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
row(["steps", "guidance", "CLIP, first of all", "among five", "nearest by pixels", "Fréchet", "s a picture"]);
row(["---:", "---:", "---:", "---:", "---:", "---:", "---:"]);
let real: GenerationFigures["real"] | undefined;
for (const step of numbers(steps))
  for (const guidance of numbers(guidances)) {
    const { pictures, settings } = await done(drawPrompts(model, prompts, { steps: step, guidance, seed }));
    const drawn = things.map((thing, i) => ({ ...thing, image: pictures[i]! }));
    const figures = await done(evaluateDrawn(judge, labels, drawn, settings, known));
    const { top1, top5, nearest1, distances, secondsPerPicture } = figures;
    const frechet = distances?.frechet.toFixed(1) ?? "";
    row([step, guidance, percent(top1), percent(top5), percent(nearest1), frechet, secondsPerPicture.toFixed(2)]);
    real = figures.real;
  }
if (real) {
  const frechet = real.distances?.frechet.toFixed(1) ?? "";
  row(["real", "", percent(real.top1), percent(real.top5), percent(real.nearest1), frechet, ""]);
}
await model.close();
await judge.close();
