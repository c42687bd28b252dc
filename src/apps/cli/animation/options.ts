import { diffusionChoices } from "../choices.ts";
import { drawingOptions } from "../drawing-options.ts";
import { engineOptions } from "../engine.ts";
import type { Options } from "../options.ts";

const { width, height, sampler, schedule, lora, "lora-folder": loraFolder, embedding } = drawingOptions;

/** Aliases are what Replicate's `animate` calls it. Options that may be given for each end are multiple. */
export const options = {
  output: {
    type: "string",
    short: "o",
    value: "FILE",
    help: ".gif, .webp, .png, .mp4, .webm, or a folder/ of pictures (default: a .gif named after the prompts)",
  },
  frames: {
    type: "string",
    multiple: true,
    value: "N",
    aliases: ["num_animation_frames"],
    help: "pictures from one end to the next, both counted; again for each pair (default 24)",
  },
  fps: { type: "string", value: "N", aliases: ["gif_frames_per_second"], help: "pictures a second (default 12)" },
  anchor: {
    type: "string",
    value: "X",
    help: "share of the steps that all frames have in common, 0 to 1 (default 0.2)",
  },
  "prompt-strength": { type: "string", value: "X", aliases: ["prompt_strength"], help: "the same as --anchor 1−X" },
  between: {
    type: "string",
    value: "N",
    aliases: ["num_interpolation_steps"],
    help: "pictures for each frame; those after the first are blends of latents (default 1)",
  },
  even: { type: "boolean", help: "place frames so that the picture changes evenly" },
  easing: { type: "string", value: "NAME", help: "linear, in, out or in-out, from end to end (default linear)" },
  "ping-pong": { type: "boolean", aliases: ["gif_ping_pong"], help: "go back the way it came" },
  loop: { type: "boolean", help: "go on to the first end" },
  negative: { type: "string", multiple: true, value: "TEXT", help: "what is not to be seen; again for each end" },
  steps: { type: "string", value: "N", aliases: ["num_inference_steps"], help: "steps of each frame (default 20)" },
  guidance: {
    type: "string",
    multiple: true,
    value: "X",
    aliases: ["guidance_scale"],
    help: "how closely prompts are followed; again for each end (default 7.5, pictures 1)",
  },
  seed: {
    type: "string",
    multiple: true,
    value: "N",
    help: "of the noise; again for each end (default: a random one)",
  },
  width,
  height,
  sampler,
  schedule,
  "clip-skip": drawingOptions["clip-skip"],
  lora,
  "lora-folder": loraFolder,
  embedding,
  resume: { type: "boolean", help: "go on with the animation in --output that was stopped" },
  ...diffusionChoices,
  ...engineOptions,
} as const satisfies Options;
