import { SAMPLERS, SCHEDULES } from "../../../diffusion/index.ts";
import { nodeHost } from "../../../host/node.ts";
import { insertParameters } from "../../../image/parameters.ts";
import { formatSettings } from "../../../image/settings.ts";
import type { Drawn, DrawRequest } from "../../../pipelines/draw/request.ts";
import { textToImage } from "../../../pipelines/draw/text-to-image.ts";
import { DiffusionModel } from "../../../pipelines/model/diffusion-model.ts";
import { withFewSteps } from "../../../pipelines/model/few-steps.ts";
import type { Host } from "../../../runtime/host.ts";
import { adaptersOf } from "../adapters.ts";
import { choicesOf, diffusionChoices, precisionOf, precisionOption, shownCalibration } from "../choices.ts";
import type { Context, Given } from "../command.ts";
import { drawingOptions } from "../drawing-options.ts";
import { readDrawing } from "../drawing-request.ts";
import { engineOf, engineOptions } from "../engine.ts";
import { fastened, fastOption } from "../fast.ts";
import { modelFolder, type Output, planOutput } from "../files.ts";
import type { Options } from "../options.ts";

export const usage = `generate "PROMPT" [options]

Draws pictures of a text. A PNG holds its settings, and --from draws it again.

  latentkit generate "a picture of a bear" -o bear.png
  latentkit generate "two apples" --seed 7 --count 4
  latentkit generate "a picture of a bear" --fast
  latentkit generate "a (bear:1.3) [at night:by day:0.5]" --lora style.safetensors:0.8
  latentkit generate "a bear at night" --init bear.png --strength 0.7
  latentkit generate --from bear.png --steps 40`;

export const options = {
  output: { type: "string", short: "o", value: "FILE", help: ".png, .jpg or .webp (default: named after the prompt)" },
  ...fastOption,
  ...drawingOptions,
  from: { type: "string", value: "FILE", help: "a picture whose settings to use; those given here come first" },
  ...diffusionChoices,
  ...precisionOption,
  ...engineOptions,
} as const satisfies Options;

export async function run({ values, positionals }: Given<typeof options>, context: Context): Promise<void> {
  const { signal, display, result } = context;
  if (values.sampler === "help" || values.schedule === "help") return list(values, result);
  const engine = { ...engineOf(values), precision: precisionOf(values) };
  const host = nodeHost();
  const { request, values: all } = await readDrawing(host, fastened(values), positionals);
  const forms = { circular: all.tile, ...(all["vae-tiling"] && { tiles: true }) };
  const { length: count } = request.prompts;
  const output = await planOutput(values.output, request.prompts[0]!, count);
  const named = await adaptersOf(host, all, request.prompts);
  const folder = await modelFolder(host, values.model, context);
  const adapters = values.fast ? await withFewSteps(host, folder, named) : named;
  const plain = await DiffusionModel.open(host, folder, {
    ...engine,
    ...(await choicesOf(host, values, context)),
    ...shownCalibration(context),
    ...forms,
  });
  const model = await plain.with(adapters);
  const began = performance.now();
  const files: { readonly file: string; readonly seed: number }[] = [];
  let last: Drawn | undefined;
  try {
    display.progress({ done: 0, total: 1, label: `opening ${model.name}` });
    for await (const progress of textToImage(model, request, { signal, preview: display.showsPictures })) {
      const { stage, index, step, steps, preview, drawn } = progress;
      if (preview) await display.preview(preview);
      const label = count === 1 ? "drawing" : `drawing ${batchOf(index, request)} of ${count}`;
      if (stage === "drawing") display.progress({ done: step, total: steps, label });
      if (!drawn) continue;
      if (display.showsPictures) await display.preview(drawn.picture);
      await host.write(output.paths[index]!, [await encoded(host, drawn, output)]);
      files.push({ file: output.paths[index]!, seed: drawn.settings.seed });
      last = drawn;
    }
  } finally {
    await model.close();
  }
  const { seed: _, more: __, ...shared } = last!.settings;
  const seconds = Number(((performance.now() - began) / 1000).toFixed(3));
  const lines = files.map(({ file, seed }) => `${file} (seed ${seed})`);
  result({ ...shared, seconds, pictures: files }, lines.join("\n"));
}

/** The pictures that are drawn together with one, counted from 1. */
function batchOf(index: number, { batch = 1, prompts }: DrawRequest): string {
  const first = index - (index % batch) + 1;
  const last = Math.min(first + batch - 1, prompts.length);
  return first === last ? `${first}` : `${first}–${last}`;
}

/** A file's bytes, with the settings inside. */
async function encoded(host: Host, { picture, settings }: Drawn, { format }: Output): Promise<Uint8Array> {
  return insertParameters(await host.encodePicture(picture, format), format, formatSettings(settings));
}

function list(values: { readonly sampler: string | undefined }, result: Context["result"]): void {
  const rows =
    values.sampler === "help"
      ? SAMPLERS.map(({ name, label, aliases }) => ({ name, also: [label, ...aliases] }))
      : SCHEDULES.map(([name, , also]) => ({ name, also }));
  const width = Math.max(...rows.map(({ name }) => name.length));
  const lines = rows.map(({ name, also }) => `${name.padEnd(width)}  ${also.join(", ")}`.trimEnd());
  result({ [values.sampler === "help" ? "samplers" : "schedules"]: rows }, lines.join("\n"));
}
