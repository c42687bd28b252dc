import { SAMPLERS, type SchedulerSettings } from "../../diffusion/index.ts";
import type { Settings } from "../../image/settings.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";
import type { Drawn, DrawRequest } from "./request.ts";

/** All that draws picture `index` of a request again, under the names that AUTOMATIC1111's web UI has for it. */
export function settingsOf(
  model: DiffusionModel,
  request: DrawRequest,
  scheduler: SchedulerSettings,
  index: number,
): Drawn["settings"] {
  const { prompts, negative = "", steps = 20, guidance = 7.5, clipSkip = 1, seed, init } = request;
  const { width = model.pictureSize, height = model.pictureSize } = request;
  return {
    prompt: prompts[index]!,
    negative,
    steps,
    ...samplerSettings(scheduler),
    guidance,
    seed: seed + index,
    width,
    height,
    model: model.name,
    ...(init && { strength: init.strength ?? 0.6 }),
    more: new Map([...(clipSkip > 1 ? [["Clip skip", String(clipSkip)] as const] : []), ["RNG", "NV"]]),
  };
}

function samplerSettings({ sampler, plan }: SchedulerSettings): Pick<Settings, "sampler" | "schedule"> {
  const label = SAMPLERS.find(({ name }) => name === sampler.name)?.label ?? sampler.name;
  const { sigmas = "trained" } = plan;
  return { sampler: label, ...(sigmas !== "trained" && { schedule: sigmas === "karras" ? "Karras" : "Exponential" }) };
}
