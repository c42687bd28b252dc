import { fewSteps } from "../../pipelines/model/few-steps.ts";
import { fewStepsFile } from "../../weights/lora.ts";
import type { Options } from "./options.ts";

export const fastOption = {
  fast: { type: "boolean", help: `4 steps without guidance, as the model's ${fewStepsFile} has learned to draw` },
} as const satisfies Options;

interface Manner {
  readonly fast: boolean;
  readonly steps: string | undefined;
  /** Several where there may be one for each end. */
  readonly guidance: string | readonly string[] | undefined;
  readonly sampler: string | undefined;
}

/** Steps, sampler and guidance of models that learned to draw in few steps, where nothing else is said. */
export function fastened<V extends Manner>(values: V): V {
  if (!values.fast) return values;
  const { steps = `${fewSteps.steps}`, sampler = fewSteps.sampler } = values;
  const guided = `${fewSteps.guidance}`;
  const given = values.guidance ?? guided;
  return { ...values, steps, sampler, guidance: given.length === 0 && typeof given !== "string" ? [guided] : given };
}
