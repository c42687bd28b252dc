import { findSchedule } from "../../diffusion/index.ts";
import type { Settings } from "../../image/settings.ts";
import type { drawingOptions } from "./drawing-options.ts";
import type { Values } from "./options.ts";

type Restored = { [Name in keyof typeof drawingOptions]?: string | boolean | readonly string[] | undefined };

/** The options that draw a picture again, as its settings say; what other programs say beside that is passed over. */
export function restored(settings: Settings): Partial<Values<typeof drawingOptions>> {
  const { more = new Map<string, string>() } = settings;
  const hires = more.get("Hires upscale");
  const hiresSteps = more.get("Hires steps");
  const options: Restored = {
    negative: settings.negative,
    steps: settings.steps?.toString(),
    guidance: settings.guidance?.toString(),
    "guidance-rescale": more.get("CFG Rescale"),
    seed: settings.seed?.toString(),
    subseed: more.get("Variation seed"),
    "subseed-strength": more.get("Variation seed strength"),
    width: settings.width?.toString(),
    height: settings.height?.toString(),
    sampler: settings.sampler,
    schedule: scheduleOf(settings.schedule),
    lora: numbered(more, "Lora"),
    "lora-folder": more.get("Lora folder"),
    embedding: numbered(more, "Embedding"),
    "clip-skip": more.get("Clip skip"),
    hires,
    // 0 is as many as before.
    "hires-steps": hiresSteps === "0" ? undefined : hiresSteps,
    "hires-upscaler": upscalerOf(more.get("Hires upscaler")),
    [hires === undefined ? "strength" : "hires-strength"]: settings.strength?.toString(),
    "mask-blur": more.get("Mask blur"),
    "mask-padding": more.get("Masked area padding"),
    "mask-invert": more.get("Mask mode") === "Inpaint not masked",
    tile: more.get("Tiling") === "True",
    cache: more.get("Step cache"),
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== false));
}

/** `Lora 1`, `Lora 2`, …. */
function numbered(more: ReadonlyMap<string, string>, label: string): string[] {
  const found: string[] = [];
  for (let value = more.get(`${label} 1`); value !== undefined; value = more.get(`${label} ${found.length + 1}`))
    found.push(value);
  return found;
}

/** Schedules that are not known here are what a sampler does by itself. */
function scheduleOf(name: string | undefined): string | undefined {
  try {
    findSchedule(name ?? "");
    return name;
  } catch {
    return undefined;
  }
}

/** Others' upscalers work on pictures, but for those that have it in their name. */
const upscalerOf = (name: string | undefined): string | undefined =>
  name === undefined ? undefined : /latent/i.test(name) ? "latent" : "lanczos";
