import { UsageError } from "../../../errors.ts";
import { namedSheet } from "../../../host/node/named-sheet.ts";
import { nodeHost } from "../../../host/node.ts";
import { type EvaluateOptions, type Evaluation, evaluate } from "../../../pipelines/evaluate/evaluate.ts";
import { evaluationParts } from "../../../pipelines/evaluate/parts.ts";
import type { Context, Given } from "../command.ts";
import { engineOf, engineOptions } from "../engine.ts";
import { openEvaluationData, renderedCorpus } from "../evaluation-data.ts";
import { checkWritable, modelFolder } from "../files.ts";
import { isMusic, measureMusic, musicRows, renderedMusic } from "../music-evaluation.ts";
import { choice, decimal, type Options, wholeNumber } from "../options.ts";
import { table } from "../table.ts";

export const usage = `evaluate MODEL [options]

Measures how good a model is: how well its autoencoder gives pictures back, how often its
CLIP recognises what they show, how its denoiser sees them through noise, and whether it
draws what it is asked for. MODEL is a model directory or pocket, or the folder of an
autoencoder or a CLIP alone.

The pictures to measure on are those of the pocket models (in a checkout, after
npx tsx tools/corpus/render.ts), or your own: sub-folders named by what their pictures show,
or pictures with captions beside them. A model of music is measured on rendered music (in a
checkout, after npx tsx tools/music/render.ts): whether a listener that was trained on it hears
the instruments and the genre that were asked for, and on the tempo.

  latentkit evaluate pocket --sheet sheet.png
  latentkit evaluate .training/autoencoder --pictures 200
  latentkit evaluate my-model --data holiday-pictures --json`;

export const options = {
  data: {
    type: "string",
    value: "FOLDER",
    help: `pictures to measure on (default ${renderedCorpus}, of music ${renderedMusic})`,
  },
  only: { type: "string", value: "PART", help: `one of ${evaluationParts.join(", ")} (default: all)` },
  clip: { type: "string", value: "NAME", help: "the CLIP that judges (default: the model's)" },
  pictures: { type: "string", value: "N", help: "pictures of each set (default: all)" },
  things: { type: "string", value: "N", help: "things to draw (default 200, of music 100)" },
  steps: { type: "string", value: "N", help: "steps from noise to picture (default 20)" },
  guidance: { type: "string", value: "X", help: "how closely prompts are followed (default 7.5)" },
  sampler: { type: "string", value: "NAME", help: "how noise becomes a picture (default: the model's)" },
  seed: { type: "string", value: "N", help: "chooses what is drawn, and the noise (default 1)" },
  sheet: { type: "string", value: "FILE", help: "a PNG for the first 64 drawn pictures and their names" },
  device: engineOptions.device,
  threads: engineOptions.threads,
} as const satisfies Options;

type Values = Given<typeof options>["values"];

const onSheet = 64;
const columns = 8;

export async function run({ values, positionals }: Given<typeof options>, context: Context): Promise<void> {
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0)
    throw new UsageError("name one model directory: latentkit evaluate MODEL");
  const chosen = optionsOf(values);
  if (values.sheet !== undefined) await checkWritable(values.sheet);
  const host = nodeHost();
  const model = await modelFolder(host, folder, context);
  const clip = values.clip === undefined ? {} : { clip: await modelFolder(host, values.clip, context) };
  const work = (await isMusic(host, model))
    ? measureMusic(host, model, values.data ?? renderedMusic, { ...chosen, ...clip })
    : evaluate(host, model, await openEvaluationData(host, values.data ?? renderedCorpus), { ...chosen, ...clip });
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

function optionsOf(values: Values): EvaluateOptions {
  const only = choice("only", values.only, evaluationParts);
  const pictures = wholeNumber("pictures", values.pictures, { least: 1 });
  const things = wholeNumber("things", values.things, { least: 2 });
  const steps = wholeNumber("steps", values.steps, { least: 1, most: 1000 });
  const guidance = decimal("guidance", values.guidance, { least: 0 });
  return {
    ...engineOf(values),
    ...(only && { only }),
    ...(pictures !== undefined && { pictures }),
    ...(things !== undefined && { things }),
    ...(steps !== undefined && { steps }),
    ...(guidance !== undefined && { guidance }),
    ...(values.sampler !== undefined && { sampler: values.sampler }),
    seed: wholeNumber("seed", values.seed, { least: 0 }) ?? 1,
  };
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const list = <T>(items: readonly T[], of: (item: T) => number | string): string => items.map(of).join(", ");

/** Every figure in a row: of what, on which pictures, how many, the value. */
export function figureRows({ autoencoder = [], clip = [], denoiser = [], generation, music }: Evaluation): string[][] {
  const found = [
    ...autoencoder.flatMap(({ set, pictures, psnr, ssim }) => [
      ["autoencoder: PSNR", set, pictures, `${psnr.toFixed(2)} dB`],
      ["autoencoder: SSIM", set, pictures, ssim.toFixed(3)],
    ]),
    ...clip.flatMap(({ set, pictures, labels, top1, top5 }) => [
      [`CLIP: right first of ${labels}`, set, pictures, percent(top1)],
      [`CLIP: right among five`, set, pictures, percent(top5)],
    ]),
    ...denoiser.flatMap(({ set, pictures, errors }) => [
      [
        `denoiser: error at step ${list(errors, ({ timestep }) => timestep)}`,
        set,
        pictures,
        list(errors, ({ told }) => told.toFixed(3)),
      ],
      ["the same without text", set, pictures, list(errors, ({ untold }) => untold.toFixed(3))],
    ]),
  ];
  if (music) found.push(...musicRows(music));
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
  const { model, generation, music, omitted } = evaluation;
  const lines = [table(["figure", "pictures of", "count", "value"], figureRows(evaluation))];
  const how = generation ?? music;
  if (how) {
    const { sampler, steps, guidance, seed } = how;
    lines.push(`drawn with ${sampler}, ${steps} steps, guidance ${guidance}, seed ${seed}`);
  }
  for (const [part, why] of Object.entries(omitted)) lines.push(`${part} not measured: ${why}`);
  return `${model}\n\n${lines.join("\n")}`;
}
