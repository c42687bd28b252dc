import { adapterOptions } from "../adapters.ts";
import { diffusionChoices } from "../choices.ts";
import { drawingOptions } from "../drawing-options.ts";
import { engineOptions } from "../engine.ts";
import type { Options } from "../options.ts";

const { steps, guidance, sampler, schedule, cache } = drawingOptions;

export const options = {
  output: {
    type: "string",
    short: "o",
    value: "FILE",
    help: ".wav, .mp3, .flac, .ogg or .m4a, or - for WAV on standard output (default: a .wav named after the prompt)",
  },
  seconds: { type: "string", value: "S", help: "length (default: the model's clip, five for each --to)" },
  bpm: { type: "string", value: "N", help: "tempo: the length is whole bars, and the end meets the beginning" },
  beat: { type: "string", value: "X", help: "how strongly a tempo's beats are accented, 0 to 2 (default 1)" },
  to: { type: "string", multiple: true, value: "PROMPT", help: "where the music goes; again to go on from there" },
  init: { type: "string", value: "FILE", help: "a sound to start from" },
  strength: { type: "string", value: "X", help: "how much of it may change, 0 to 1 (default 0.55)" },
  mask: {
    type: "string",
    multiple: true,
    value: "S-S|FILE",
    help: "seconds of --init that are composed anew, as in 2-4; or a picture, white where its spectrum is",
  },
  stereo: { type: "boolean", help: "two channels of a model that draws one" },
  picture: { type: "string", value: "FILE", help: "write the spectrum, too: a .png that latentkit spectrogram plays" },
  waveform: { type: "string", value: "FILE", help: "write a picture of the waveform, too: .png" },
  negative: { type: "string", value: "TEXT", help: "what is not to be heard" },
  steps,
  guidance,
  "guidance-rescale": drawingOptions["guidance-rescale"],
  seed: { type: "string", value: "N", help: "the same seed composes the same (default: a random one, printed)" },
  sampler,
  schedule,
  "clip-skip": drawingOptions["clip-skip"],
  cache,
  iterations: { type: "string", value: "N", help: "turns of the search for phases (default 40)" },
  from: { type: "string", value: "FILE", help: "a WAV whose settings to use; those given here come first" },
  endless: {
    type: "boolean",
    help: "play on and on from prompt to prompt: WAV of 16 bits without end on standard output",
  },
  clips: { type: "string", value: "N", help: "clips from prompt to prompt under --endless (default 4)" },
  ...adapterOptions,
  ...diffusionChoices,
  ...engineOptions,
  model: {
    ...engineOptions.model,
    help: "pocket-music, which comes along, or any of your own or of the hub (default pocket-music)",
  },
} as const satisfies Options;
