import { findSchedule, SAMPLERS, scheduleName } from "../../diffusion/index.ts";
import type { Settings } from "../../image/settings.ts";
import { adapterSettings } from "../model/adapters.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";
import { type CameraRequest, journeyOf, strengthOf } from "./camera.ts";
import { type AnimateRequest, completed } from "./request.ts";

/** All that draws an animation again, in the manner of a picture's settings: ends by name, several values for several ends. */
export function animationSettings(
  model: DiffusionModel,
  asked: AnimateRequest | CameraRequest,
  names: readonly string[],
  track?: string,
): Settings {
  const journey = "camera" in asked ? asked : undefined;
  const request = completed(model, journey ? journeyOf(journey) : asked);
  const { ends, scheduler, anchor, between, easing, playback, even, movement, clipSkip } = request;
  const { steps, width, height } = request;
  const of = <T>(values: readonly T[]): string => (new Set(values).size > 1 ? values.join(" | ") : String(values[0]));
  const { sampler, plan } = scheduler;
  const schedule = scheduleName({
    ...(plan.sigmas && plan.sigmas !== "trained" && { sigmas: plan.sigmas }),
    ...findSchedule(asked.schedule ?? ""),
  });
  const more = new Map<string, string>();
  if (new Set(ends.map(({ seed }) => seed)).size > 1) more.set("Seeds", of(ends.map(({ seed }) => seed)));
  more.set("Guidances", of(ends.map(({ guidance }) => guidance)));
  if (clipSkip > 1) more.set("Clip skip", String(clipSkip));
  for (const [name, value] of adapterSettings(model.adapters.files)) more.set(name, value);
  more.set("RNG", "NV");
  more.set("Anchor", String(anchor));
  more.set(
    "Frames",
    movement ? `${movement.length} moved` : of(ends.slice(0, -1).map(({ intervals }) => intervals + 1)),
  );
  if (between > 1) more.set("Between", String(between));
  if (easing !== "linear") more.set("Easing", easing);
  if (playback !== "once") more.set("Playback", playback);
  if (even) more.set("Even", "true");
  if (journey) more.set("Camera", journey.camera);
  if (journey?.border) more.set("Border", journey.border);
  if (track !== undefined) more.set("Audio", track);
  return {
    prompt: names.join(" | "),
    negative: of(ends.map(({ negative }) => negative)),
    steps,
    sampler: SAMPLERS.find(({ name }) => name === sampler.name)?.label ?? sampler.name,
    ...(schedule && { schedule: schedule[0]!.toUpperCase() + schedule.slice(1) }),
    guidance: ends[0]!.guidance,
    seed: ends[0]!.seed,
    width,
    height,
    model: model.name,
    ...(journey && { strength: strengthOf(journey) }),
    more,
  };
}
