import { adapterOptions } from "./adapters.ts";
import type { Options } from "./options.ts";

/** What pictures are drawn of, and how: the options of `generate` besides those about files and the engine. */
export const drawingOptions = {
  negative: { type: "string", value: "TEXT", help: "what is not to be seen" },
  steps: { type: "string", value: "N", help: "steps from noise to picture (default: the model's, else 20)" },
  guidance: {
    type: "string",
    value: "X",
    help: "how closely the prompt is followed; 1 is not guided (default: the model's, else 7.5)",
  },
  "guidance-rescale": { type: "string", value: "X", help: "takes back the glare of much guidance, 0 to 1 (default 0)" },
  seed: { type: "string", value: "N", help: "the same seed draws the same picture (default: a random one, printed)" },
  subseed: { type: "string", value: "N", help: "a seed to vary the picture towards (default: a random one)" },
  "subseed-strength": { type: "string", value: "X", help: "how far, 0 to 1; several pictures then vary one seed's" },
  width: { type: "string", value: "PIXELS", help: "a multiple of 8 (default: the model's)" },
  height: { type: "string", value: "PIXELS", help: "a multiple of 8 (default: the model's)" },
  sampler: { type: "string", value: "NAME", help: 'as in "euler a" or "dpmpp-2m karras"; "help" lists them' },
  schedule: { type: "string", value: "NAME", help: 'noise levels, as in "karras" or "trailing"; "help" lists them' },
  ...adapterOptions,
  "clip-skip": { type: "string", value: "N", help: "read the text N layers before the end (default 1)" },
  count: { type: "string", value: "N", help: "number of pictures, from seeds one after the other (default 1)" },
  batch: { type: "string", value: "N", help: "pictures drawn at once, which is faster for small ones (default 1)" },
  hires: { type: "string", value: "SCALE", help: "draw again from the picture, so many times as large, as in 2" },
  "hires-steps": { type: "string", value: "N", help: "steps of that (default: as many as before)" },
  "hires-strength": { type: "string", value: "X", help: "how much it may change, 0 to 1 (default 0.7)" },
  "hires-upscaler": {
    type: "string",
    value: "NAME",
    help: "latent, or lanczos by way of the picture (default latent)",
  },
  init: { type: "string", value: "FILE", help: "a picture to start from" },
  strength: {
    type: "string",
    value: "X",
    help: "how much of it may change, 0 to 1 (default 0.6; for in-painting models 1)",
  },
  mask: {
    type: "string",
    value: "FILE",
    help: "white or transparent where --init is drawn anew, black where it stays",
  },
  "mask-blur": { type: "string", value: "PIXELS", help: "softness of the edge, inside of the white (default 4)" },
  "mask-padding": {
    type: "string",
    value: "PIXELS",
    help: "draw only the mask's area and so much around it, at full size",
  },
  "mask-invert": { type: "boolean", help: "draw anew what is black" },
  tile: { type: "boolean", help: "a picture that repeats without a seam" },
  "vae-tiling": { type: "boolean", help: "less memory for large pictures (the largest are tiled without it)" },
  cache: { type: "string", value: "N", help: "ask the deep layers only every N steps: faster, less exact (default 1)" },
} as const satisfies Options;
