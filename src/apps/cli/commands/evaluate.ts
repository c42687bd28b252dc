import { UsageError } from "../../../errors.ts";
import { namedSheet } from "../../../host/node/named-sheet.ts";
import { nodeHost } from "../../../host/node.ts";
import { type Evaluation, evaluate } from "../../../pipelines/evaluate/evaluate.ts";
import { evaluationParts } from "../../../pipelines/evaluate/parts.ts";
import type { Context, Given } from "../command.ts";
import { openEvaluationData, renderedCorpus } from "../evaluation-data.ts";
import { choice, decimal, type Options, wholeNumber } from "../options.ts";
import { table } from "../table.ts";

export const usage = `evaluate MODEL [options]

Measures how good a model is: how well its autoencoder gives pictures back, how often its
CLIP recognises what they show, and whether it draws what it is asked for. MODEL is a model
directory, or the folder of an autoencoder or a CLIP alone.

The pictures to measure on are those of the pocket models (in a checkout, after
npx tsx tools/corpus/render.ts), or your own: sub-folders named by what their pictures show,
or pictures with captions beside them.

  latentkit evaluate models/pocket --sheet sheet.png
  latentkit evaluate .training/autoencoder --pictures 200
  latentkit evaluate my-model --data holiday-pictures --json`;

export const options = {
  data: { type: "string", value: "FOLDER", help: `pictures to measure on (${renderedCorpus})` },
  only: { type: "string", value: "PART", help: `measure only ${evaluationParts.join(", ")}` },
  clip: { type: "string", value: "FOLDER", help: "CLIP that judges drawn pictures (the model's own)" },
  pictures: { type: "string", value: "N", help: "take so many pictures of each set (all)" },
  things: { type: "string", value: "N", help: "things to draw (200)" },
  steps: { type: "string", value: "N", help: "denoising steps" },
  guidance: { type: "string", value: "SCALE", help: "how closely drawings follow their prompts" },
  sampler: { type: "string", value: "NAME", help: "how noise becomes a picture (the model's own)" },
  seed: { type: "string", value: "N", help: "chooses what is drawn, and from which noise (1)" },
  sheet: { type: "string", value: "FILE", help: "write the first 64 drawn pictures with their names to a PNG" },
  device: { type: "string", value: "NAME", help: "cpu, webgpu or cuda (cpu)" },
} as const satisfies Options;

const onSheet = 64;
const columns = 8;

export async function run({ values, positionals }: Given<typeof options>, context: Context): Promise<void> {
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0)
    throw new UsageError("name one model directory: latentkit evaluate MODEL");
  const only = choice("only", values.only, evaluationParts);
  const pictures = wholeNumber("pictures", values.pictures, { least: 1 });
  const steps = wholeNumber("steps", values.steps, { least: 1, most: 1000 });
  const guidance = decimal("guidance", values.guidance, { least: 0 });
  const host = nodeHost();
  const data = await openEvaluationData(host, values.data ?? renderedCorpus);
  const work = evaluate(host, folder, data, {
    ...(only !== undefined && { only }),
    ...(values.clip !== undefined && { clip: values.clip }),
    ...(pictures !== undefined && { pictures }),
    ...(steps !== undefined && { steps }),
    ...(guidance !== undefined && { guidance }),
    ...(values.sampler !== undefined && { sampler: values.sampler }),
    device: choice("device", values.device, ["cpu", "webgpu", "cuda"]) ?? "cpu",
    things: wholeNumber("things", values.things, { least: 2 }) ?? 200,
    seed: wholeNumber("seed", values.seed, { least: 0 }) ?? 1,
  });
  let next = await work.next();
  for (; !next.done; next = await work.next()) {
    context.display.progress(next.value);
    context.signal.throwIfAborted();
  }
  const { evaluation, drawn } = next.value;
  if (values.sheet !== undefined && drawn.length > 0) {
    const named = drawn.slice(0, onSheet).map(({ image, label }) => ({ picture: image, name: label }));
    await host.write(values.sheet, [await namedSheet(named, columns)]);
  }
  context.result({ ...evaluation }, describe(evaluation));
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Every figure in a row: of what, on which pictures, how many, the value. */
function rows({ autoencoder = [], clip = [], generation }: Evaluation): string[][] {
  const found = [
    ...autoencoder.flatMap(({ set, pictures, psnr, ssim }) => [
      ["autoencoder: PSNR", set, pictures, `${psnr.toFixed(2)} dB`],
      ["autoencoder: SSIM", set, pictures, ssim.toFixed(3)],
    ]),
    ...clip.flatMap(({ set, pictures, labels, top1, top5 }) => [
      [`CLIP: right first of ${labels}`, set, pictures, percent(top1)],
      [`CLIP: right among five`, set, pictures, percent(top5)],
    ]),
  ];
  if (!generation) return found.map((row) => row.map(String));
  const { pictures, labels, top1, top5, nearest1, nearest5, nearCopies, distances, secondsPerPicture } = generation;
  const drawn = (figure: string, value: string): (string | number)[] => [figure, "drawn", pictures, value];
  found.push(
    drawn(`CLIP sees the thing asked for, of ${labels}`, percent(top1)),
    drawn("CLIP sees it among five", percent(top5)),
    drawn("nearest known picture by pixels shows it", percent(nearest1)),
    drawn("one of the five nearest does", percent(nearest5)),
    drawn("known picture within 30 dB", percent(nearCopies)),
  );
  if (distances) {
    const { frechet, kernel, frechetOfReal, kernelOfReal } = distances;
    found.push(
      drawn("Fréchet distance, own CLIP (real pictures)", `${frechet.toFixed(1)} (${frechetOfReal.toFixed(1)})`),
      drawn("kernel distance, own CLIP (real pictures)", `${kernel.toFixed(3)} (${kernelOfReal.toFixed(3)})`),
    );
  }
  found.push(drawn("time for a picture", `${secondsPerPicture.toFixed(2)} s`));
  return found.map((row) => row.map(String));
}

function describe(evaluation: Evaluation): string {
  const { model, generation, omitted } = evaluation;
  const lines = [table(["figure", "pictures of", "count", "value"], rows(evaluation))];
  if (generation) {
    const { sampler, steps, guidance, seed } = generation;
    lines.push(`drawn with ${sampler}, ${steps} steps, guidance ${guidance}, seed ${seed}`);
  }
  for (const [part, why] of Object.entries(omitted)) lines.push(`${part} not measured: ${why}`);
  return `${model}\n\n${lines.join("\n")}`;
}
