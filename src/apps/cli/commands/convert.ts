import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { UsageError, UserError } from "../../../errors.ts";
import { nodeHost } from "../../../host/node.ts";
import { convert, type Precision, precisions } from "../../../pipelines/convert.ts";
import { withoutSlash } from "../../../weights/files.ts";
import { fewStepsFile } from "../../../weights/lora.ts";
import { choicesOf, diffusionChoices } from "../choices.ts";
import type { Context, Given } from "../command.ts";
import { checkWritable, modelFolder } from "../files.ts";
import { choice, type Options } from "../options.ts";

export const usage = `convert IN OUT [options]

Writes a model anew as safetensors: into a folder in diffusers' layout, or into one file
where OUT ends in .safetensors. IN is a folder or a file, also one of PyTorch's, of which
nothing is run.

  latentkit convert v1-5-pruned.ckpt stable-diffusion-v1-5 --precision fp16
  latentkit convert my-model my-model.safetensors`;

export const options = {
  precision: { type: "string", value: "NAME", help: "fp32, fp16 or bf16 (default: each weight's own)" },
  variant: { type: "string", value: "NAME", help: "fp16 or non_ema, of a folder that has several" },
  ...diffusionChoices,
} as const satisfies Options;

export async function run({ values, positionals }: Given<typeof options>, context: Context): Promise<void> {
  const [from, to, ...more] = positionals;
  if (from === undefined || to === undefined || more.length > 0)
    throw new UsageError("name a model and where to write it: latentkit convert IN OUT");
  const precision = choice("precision", values.precision, Object.keys(precisions) as Precision[]);
  const host = nodeHost();
  const out = withoutSlash(to);
  if (await host.exists(out)) throw new UserError(`${out} exists already: name another place, or remove it first`);
  await checkWritable(out);
  const source = await modelFolder(host, from, context);
  // Renamed when all of it is there, whether a file or a folder.
  const beside = out.endsWith(".safetensors") ? out : `${out}.${process.pid}.part`;
  let bytes = 0;
  try {
    for await (const { done, total } of convert(host, source, beside, {
      ...(await choicesOf(host, values, context)),
      ...(precision && { precision }),
    })) {
      context.signal.throwIfAborted();
      context.display.progress({ done, total, label: `writing ${out}` });
      bytes = total;
    }
    if (beside !== out) {
      await mkdir(dirname(out), { recursive: true });
      await rename(beside, out);
    }
  } catch (error) {
    if (beside !== out) await rm(beside, { recursive: true, force: true });
    throw error;
  }
  if (beside === out && (await host.exists(`${source}/${fewStepsFile}`)))
    context.display.note(`${fewStepsFile} is no part of ${out}: for --fast, put a copy beside it`);
  context.result({ from: source, to: out, bytes }, `${out}: ${(bytes / 1e6).toFixed(1)} MB of weights`);
}
