import { diffusionChoices, precisionOption } from "../choices.ts";
import { drawingOptions } from "../drawing-options.ts";
import { engineOptions } from "../engine.ts";
import { fastOption } from "../fast.ts";
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
  audio: {
    type: "string",
    value: "FILE",
    help: "a track whose beats move the picture; .mp4 and .webm are heard with it (then --frames is by default its length)",
  },
  "audio-start": { type: "string", value: "S", help: "where in the track to begin, in seconds (default 0)" },
  "audio-smooth": {
    type: "string",
    value: "X",
    help: "from 0, where only beats move, to 1, where they do not count (default 0)",
  },
  camera: {
    type: "string",
    value: "TEXT",
    help: 'draw each frame over the one before, moved: "zoom 1.02, rotate 0.5, x 0:2 30:-2, y (3*sin(t/10))"',
  },
  strength: { type: "string", value: "X", help: "how much of a frame is drawn anew under --camera (default 0.5)" },
  border: {
    type: "string",
    value: "NAME",
    help: "what comes into sight under --camera: reflect, replicate or wrap (default reflect)",
  },
  ...fastOption,
  negative: { type: "string", multiple: true, value: "TEXT", help: "what is not to be seen; again for each end" },
  steps: {
    type: "string",
    value: "N",
    aliases: ["num_inference_steps"],
    help: "steps of each frame (default: the model's, else 20)",
  },
  guidance: {
    type: "string",
    multiple: true,
    value: "X",
    aliases: ["guidance_scale"],
    help: "how closely prompts are followed; again for each end (default: the model's, else 7.5; pictures 1)",
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
  ...precisionOption,
  ...engineOptions,
} as const satisfies Options;
