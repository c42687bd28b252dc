import { UserError } from "../../errors.ts";
import type { Host } from "../../runtime/host.ts";
import { splitPath } from "../../weights/files.ts";
import { fewStepsFile } from "../../weights/lora.ts";
import { isWeightFile } from "../../weights/weight-files.ts";
import type { AdapterFiles } from "./adapters.ts";

/** How models draw that learned to draw in few steps: Luo et al. 2023, "LCM-LoRA". */
export const fewSteps = { steps: 4, guidance: 1, sampler: "lcm" } as const;

/**
 * With the LoRA by which a model learned so: `lcm.safetensors` in its folder, or beside its single file. Throws a UserError
 * where there is none.
 */
export async function withFewSteps(
  host: Pick<Host, "exists">,
  model: string,
  { loras = [], ...others }: AdapterFiles = {},
): Promise<AdapterFiles> {
  const file = `${isWeightFile(model) ? splitPath(model)[0] : model}/${fewStepsFile}`;
  if (!(await host.exists(file)))
    throw new UserError(`drawing in few steps takes ${file}, which is missing: latentkit train distil makes one`);
  // A picture drawn so names it.
  return { ...others, loras: [...loras.filter((lora) => lora.file !== file), { file }] };
}
