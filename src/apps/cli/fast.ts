import { UserError } from "../../errors.ts";
import type { AdapterFiles } from "../../pipelines/model/adapters.ts";
import type { Host } from "../../runtime/host.ts";
import { fewStepsFile } from "../../weights/lora.ts";
import type { Options } from "./options.ts";

export const fastOption = {
  fast: { type: "boolean", help: `4 steps without guidance, as the model's ${fewStepsFile} has learned to draw` },
} as const satisfies Options;

interface Manner {
  readonly fast: boolean;
  readonly steps: string | undefined;
  readonly guidance: string | undefined;
  readonly sampler: string | undefined;
}

/** Steps, sampler and guidance of models that learned to draw in few steps, where nothing else is said: Luo et al. 2023. */
export const fastened = <V extends Manner>(values: V): V =>
  values.fast
    ? { ...values, steps: values.steps ?? "4", guidance: values.guidance ?? "1", sampler: values.sampler ?? "lcm" }
    : values;

/** With the LoRA by which the model in a folder learned so. Throws a UserError where it has none. */
export async function withFewSteps(
  host: Pick<Host, "exists">,
  folder: string,
  { loras = [], ...others }: AdapterFiles,
): Promise<AdapterFiles> {
  const file = `${folder}/${fewStepsFile}`;
  if (!(await host.exists(file)))
    throw new UserError(`--fast needs ${file}, which is missing: latentkit train distil makes one`);
  // A picture drawn so names it.
  return { ...others, loras: [...loras.filter((lora) => lora.file !== file), { file }] };
}
