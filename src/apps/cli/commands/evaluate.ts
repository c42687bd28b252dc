import { UsageError } from "../../../errors.ts";
import { namedSheet } from "../../../host/node/named-sheet.ts";
import { nodeHost } from "../../../host/node.ts";
import { type EvaluateOptions, evaluate } from "../../../pipelines/evaluate/evaluate.ts";
import { evaluationParts } from "../../../pipelines/evaluate/parts.ts";
import { withFewSteps } from "../../../pipelines/model/few-steps.ts";
import { precisionOf, precisionOption, shownCalibration } from "../choices.ts";
import type { Context, Given } from "../command.ts";
import { drawingOptions } from "../drawing-options.ts";
import { engineOf, engineOptions } from "../engine.ts";
import { openEvaluationData, renderedCorpus } from "../evaluation-data.ts";
import { fastened, fastOption } from "../fast.ts";
import { describe } from "../figures.ts";
import { checkWritable, modelFolder } from "../files.ts";
import { isMusic, measureMusic, renderedMusic } from "../music-evaluation.ts";
import { choice, decimal, type Options, wholeNumber } from "../options.ts";

export const usage = `evaluate MODEL [options]

Measures how good a model is: how well its autoencoder gives pictures back, how often its
CLIP recognises what they show, how its denoiser sees them through noise, and whether it
draws what it is asked for. MODEL is a model directory or pocket, or the folder of an
autoencoder or a CLIP alone.

Scenes ask for more than a thing: a background, a size, a place, a hand that draws, two things.
Numbers in brackets are what real pictures come to by the same measure.

The pictures to measure on are those of the pocket models (in a checkout, after
npx tsx tools/corpus/render.ts), or your own: sub-folders named by what their pictures show,
or pictures with captions beside them. A model of music is measured on rendered music (in a
checkout, after npx tsx tools/music/render.ts): whether a listener that was trained on it hears
the instruments and the genre that were asked for, and on the tempo.

  latentkit evaluate pocket --sheet sheet.png
  latentkit evaluate pocket --only generation --fast
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
  things: { type: "string", value: "N", help: "things to draw (default 400, of music 100)" },
  scenes: { type: "string", value: "N", help: "scenes to draw, of the pocket models' pictures (default 240)" },
  ...fastOption,
  steps: drawingOptions.steps,
  guidance: drawingOptions.guidance,
  sampler: { type: "string", value: "NAME", help: "how noise becomes a picture (default: the model's)" },
  seed: { type: "string", value: "N", help: "chooses what is drawn, and the noise (default 1)" },
  sheet: { type: "string", value: "FILE", help: "a PNG for the first 64 drawn pictures and their names" },
  batch: { type: "string", value: "N", help: "pictures drawn at once (default: as many as suit their size)" },
  ...precisionOption,
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
  const chosen = { ...optionsOf(fastened(values)), ...shownCalibration(context) };
  if (values.sheet !== undefined) await checkWritable(values.sheet);
  const host = nodeHost();
  const model = await modelFolder(host, folder, context);
  const clip = values.clip === undefined ? {} : { clip: await modelFolder(host, values.clip, context) };
  const ofMusic = await isMusic(host, model);
  if (values.fast && ofMusic) throw new UsageError("--fast is for models of pictures");
  const adapters = values.fast ? { adapters: await withFewSteps(host, model) } : {};
  const all = { ...chosen, ...clip, ...adapters };
  const work = ofMusic
    ? measureMusic(host, model, values.data ?? renderedMusic, all)
    : evaluate(host, model, await openEvaluationData(host, values.data ?? renderedCorpus), all);
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
  const scenes = wholeNumber("scenes", values.scenes, { least: 0 });
  const batch = wholeNumber("batch", values.batch, { least: 1, most: 1024 });
  const steps = wholeNumber("steps", values.steps, { least: 1, most: 1000 });
  const guidance = decimal("guidance", values.guidance, { least: 0 });
  return {
    ...engineOf(values),
    ...(only && { only }),
    ...(pictures !== undefined && { pictures }),
    ...(things !== undefined && { things }),
    ...(scenes !== undefined && { scenes }),
    ...(batch !== undefined && { batch }),
    precision: precisionOf(values),
    ...(steps !== undefined && { steps }),
    ...(guidance !== undefined && { guidance }),
    ...(values.sampler !== undefined && { sampler: values.sampler }),
    seed: wholeNumber("seed", values.seed, { least: 0 }) ?? 1,
  };
}
