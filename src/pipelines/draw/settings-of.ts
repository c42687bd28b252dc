import { findSchedule, SAMPLERS, type SchedulerSettings, scheduleName } from "../../diffusion/index.ts";
import { adapterSettings } from "../model/adapters.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";
import { type Drawn, type DrawRequest, sizeOf } from "./request.ts";

/** Seeds of picture `index`: with variations, all start from the first one, each a share of the way to its own. */
export function seedsOf(
  { seed, variation }: DrawRequest,
  index: number,
): {
  readonly seed: number;
  readonly variation?: { readonly seed: number; readonly strength: number };
} {
  if (!variation || variation.strength === 0) return { seed: seed + index };
  return { seed, variation: { ...variation, seed: variation.seed + index } };
}

/** How much of a given picture may change, or of what the first pass drew; none where nothing is given. */
export function strengthOf(model: DiffusionModel, { init, hires }: DrawRequest): number | undefined {
  if (hires) return hires.strength ?? 0.7;
  return init && (init.strength ?? (model.isInpainting ? 1 : 0.6));
}

/** All that draws picture `index` of a request again, under the names that AUTOMATIC1111's web UI has for it. */
export function settingsOf(
  model: DiffusionModel,
  request: DrawRequest,
  { sampler, plan }: SchedulerSettings,
  index: number,
): Drawn["settings"] {
  const { prompts, negative = "", steps = model.defaults.steps, guidance = model.defaults.guidance } = request;
  const { seed } = seedsOf(request, index);
  const strength = strengthOf(model, request);
  const schedule = scheduleName({
    ...(plan.sigmas && plan.sigmas !== "trained" && { sigmas: plan.sigmas }),
    ...findSchedule(request.schedule ?? ""),
  });
  return {
    prompt: prompts[index]!,
    negative,
    steps,
    sampler: SAMPLERS.find(({ name }) => name === sampler.name)?.label ?? sampler.name,
    ...(schedule && { schedule: schedule[0]!.toUpperCase() + schedule.slice(1) }),
    guidance,
    seed,
    ...sizeOf(model, request),
    model: model.name,
    ...(strength !== undefined && { strength }),
    more: new Map(more(model, request, index)),
  };
}

function* more(model: DiffusionModel, request: DrawRequest, index: number): Generator<[string, string]> {
  const { clipSkip = 1, rescale = 0, hires, init, cache = 1 } = request;
  const { variation } = seedsOf(request, index);
  if (clipSkip > 1) yield ["Clip skip", String(clipSkip)];
  if (variation) {
    yield ["Variation seed", String(variation.seed)];
    yield ["Variation seed strength", String(variation.strength)];
  }
  if (rescale > 0) yield ["CFG Rescale", String(rescale)];
  if (hires) {
    yield ["Hires upscale", String(hires.scale)];
    if (hires.steps !== undefined) yield ["Hires steps", String(hires.steps)];
    yield ["Hires upscaler", hires.upscaler === "lanczos" ? "Lanczos" : "Latent"];
  }
  if (init?.mask) {
    yield ["Mask blur", String(init.maskBlur ?? 4)];
    if (init.maskInverted) yield ["Mask mode", "Inpaint not masked"];
    if (init.maskPadding !== undefined) {
      yield ["Inpaint area", "Only masked"];
      yield ["Masked area padding", String(init.maskPadding)];
    }
  }
  yield* adapterSettings(model.adapters.files);
  if (model.isCircular) yield ["Tiling", "True"];
  if (cache > 1) yield ["Step cache", String(cache)];
  yield ["RNG", "NV"];
}
