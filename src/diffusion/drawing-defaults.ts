import { Fields, type Json } from "../fields.ts";

/** How a model draws where nobody says otherwise. Its sampler is that of its `scheduler_config.json`. */
export interface DrawingDefaults {
  readonly steps: number;
  /** See `DrawRequest`. */
  readonly guidance: number;
}

/** Beside `model_index.json`. Diffusers leaves it alone: there, who calls a pipeline says how it draws. */
export const drawingDefaultsFile = "generation_config.json";

/** Of a model that tells nothing; the guidance is that of Stable Diffusion. */
export const usualDefaults: DrawingDefaults = { steps: 20, guidance: 7.5 };

/** Reads the two fields, named as diffusers' pipelines name them, and leaves others. Throws a UserError that names `where`. */
export function parseDrawingDefaults(json: unknown, where: string): DrawingDefaults {
  const fields = new Fields(json, where);
  const guidance = fields.number("guidance_scale", usualDefaults.guidance);
  if (guidance < 0) fields.fail("guidance_scale", "must be a number from 0 on");
  return { steps: fields.count("num_inference_steps", usualDefaults.steps), guidance };
}

export const drawingDefaultsToJson = ({ steps, guidance }: DrawingDefaults): Json => ({
  guidance_scale: guidance,
  num_inference_steps: steps,
});
