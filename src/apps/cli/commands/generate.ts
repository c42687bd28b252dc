import { randomInt } from "node:crypto";
import { UsageError, UserError } from "../../../errors.ts";
import { nodeHost } from "../../../host/node.ts";
import { insertPngText, readPngText } from "../../../image/png-text.ts";
import { formatSettings, parseSettings, type Settings } from "../../../image/settings.ts";
import type { Drawn, DrawRequest, InitialPicture } from "../../../pipelines/draw/request.ts";
import { textToImage } from "../../../pipelines/draw/text-to-image.ts";
import { DiffusionModel } from "../../../pipelines/model/diffusion-model.ts";
import type { Host } from "../../../runtime/host.ts";
import type { Context, Given } from "../command.ts";
import { engineOf, engineOptions } from "../engine.ts";
import { modelFolder, type Output, planOutput, readBytes, readPicture } from "../files.ts";
import { decimal, type Options, wholeNumber } from "../options.ts";

export const usage = `generate "PROMPT" [options]

Draws pictures of a text. A PNG holds its settings, and --from draws it again.

  latentkit generate "a picture of a bear" -o bear.png
  latentkit generate "two apples" --seed 7 --count 4
  latentkit generate "a bear at night" --init bear.png --strength 0.7
  latentkit generate --from bear.png --steps 40`;

export const options = {
  output: { type: "string", short: "o", value: "FILE", help: ".png, .jpg or .webp (default: named after the prompt)" },
  negative: { type: "string", value: "TEXT", help: "what is not to be seen" },
  steps: { type: "string", value: "N", help: "steps from noise to picture (default 20)" },
  guidance: { type: "string", value: "X", help: "how closely the prompt is followed; 1 is not guided (default 7.5)" },
  seed: { type: "string", value: "N", help: "the same seed draws the same picture (default: a random one, printed)" },
  width: { type: "string", value: "PIXELS", help: "a multiple of 8 (default: the model's)" },
  height: { type: "string", value: "PIXELS", help: "a multiple of 8 (default: the model's)" },
  sampler: { type: "string", value: "NAME", help: 'as in "euler a" or "dpmpp-2m karras" (default: the model\'s)' },
  "clip-skip": { type: "string", value: "N", help: "read the text N layers before the end (default 1)" },
  count: { type: "string", value: "N", help: "number of pictures, from seeds one after the other (default 1)" },
  init: { type: "string", value: "FILE", help: "a picture to start from" },
  strength: { type: "string", value: "X", help: "how much of it may change, 0 to 1 (default 0.6)" },
  mask: { type: "string", value: "FILE", help: "white where --init is drawn anew, black where it stays" },
  from: { type: "string", value: "FILE", help: "a PNG whose settings to use; those given here come first" },
  ...engineOptions,
} as const satisfies Options;

type Values = Given<typeof options>["values"];

export async function run({ values, positionals }: Given<typeof options>, context: Context): Promise<void> {
  const { signal, display, result } = context;
  const engine = engineOf(values);
  const count = wholeNumber("count", values.count, { least: 1, most: 10_000 }) ?? 1;
  const host = nodeHost();
  const request = await readRequest(host, values, positionals, count);
  const output = await planOutput(values.output, request.prompts[0]!, count);
  const model = await DiffusionModel.open(host, await modelFolder(host, values.model), engine);
  const began = performance.now();
  const files: { readonly file: string; readonly seed: number }[] = [];
  let last: Drawn | undefined;
  try {
    display.progress({ done: 0, total: 1, label: `opening ${model.name}` });
    for await (const progress of textToImage(model, request, { signal, preview: display.showsPictures })) {
      const { stage, index, step, steps, preview, drawn } = progress;
      if (preview) await display.preview(preview);
      const label = count === 1 ? "drawing" : `drawing ${index + 1} of ${count}`;
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

/** A file's bytes; PNG has room for the settings. */
async function encoded(host: Host, { picture, settings }: Drawn, { format }: Output): Promise<Uint8Array> {
  const bytes = await host.encodePicture(picture, format);
  return format === "png" ? insertPngText(bytes, { parameters: formatSettings(settings) }) : bytes;
}

async function readRequest(
  host: Host,
  values: Values,
  positionals: readonly string[],
  count: number,
): Promise<DrawRequest> {
  const [given, ...others] = positionals;
  if (others.length > 0) throw new UsageError(`put the prompt in quotation marks: generate "${positionals.join(" ")}"`);
  const numbers = {
    steps: wholeNumber("steps", values.steps, { least: 1, most: 1000 }),
    guidance: decimal("guidance", values.guidance, { least: 0, most: 1000 }),
    seed: wholeNumber("seed", values.seed, { least: 0, most: Number.MAX_SAFE_INTEGER - count }),
    width: wholeNumber("width", values.width, { least: 8, most: 16_384 }),
    height: wholeNumber("height", values.height, { least: 8, most: 16_384 }),
    clipSkip: wholeNumber("clip-skip", values["clip-skip"], { least: 1 }),
    strength: decimal("strength", values.strength, { least: 0, most: 1 }),
  };
  const settings = values.from === undefined ? undefined : await settingsOf(host, values.from);
  if (settings) checkRestorable(settings, values);
  const prompt = given ?? settings?.prompt;
  if (prompt === undefined) throw new UsageError('say what to draw: latentkit generate "a picture of a bear"');
  const { strength, ...own } = numbers;
  const restored = restoredRequest(settings);
  const init = await readInit(host, values, strength ?? settings?.strength);
  const negative = values.negative ?? settings?.negative;
  return {
    seed: randomInt(2 ** 32),
    ...restored,
    ...known({ ...own, negative, sampler: values.sampler }),
    prompts: new Array<string>(count).fill(prompt),
    ...(init && { init }),
  };
}

/** Without what is undefined. */
const known = <T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };

async function settingsOf(host: Host, file: string): Promise<Settings> {
  const text = readPngText(await readBytes(host, file), file).get("parameters");
  if (text === undefined) throw new UserError(`${file} holds no settings: it was not drawn by latentkit or its kin`);
  return parseSettings(text);
}

function checkRestorable({ model, strength }: Settings, values: Values): void {
  if (model !== undefined && model !== "pocket" && values.model === undefined)
    throw new UserError(`${values.from} was drawn with the model ${model}: name its folder with --model`);
  if (strength !== undefined && values.init === undefined)
    throw new UserError(`${values.from} was drawn from another picture: name that with --init`);
}

function restoredRequest(settings: Settings | undefined): Partial<DrawRequest> {
  if (!settings) return {};
  const { steps, guidance, seed, width, height, sampler, schedule, more } = settings;
  // Other schedules than these two are what a sampler does by itself.
  const rule = /^(karras|exponential)$/i.test(schedule ?? "") ? ` ${schedule}` : "";
  const clipSkip = wholeNumber("from's clip skip", more?.get("Clip skip"), { least: 1 });
  return known({ steps, guidance, seed, width, height, clipSkip, sampler: sampler && `${sampler}${rule}` });
}

async function readInit(host: Host, values: Values, strength: number | undefined): Promise<InitialPicture | undefined> {
  const { init, mask } = values;
  if (init === undefined) {
    if (mask !== undefined || values.strength !== undefined)
      throw new UsageError(`--${mask === undefined ? "strength" : "mask"} goes with --init, which is missing`);
    return undefined;
  }
  const picture = await readPicture(host, init);
  return {
    picture,
    ...(strength !== undefined && { strength }),
    ...(mask !== undefined && { mask: await readPicture(host, mask) }),
  };
}
