import type { DrawingDefaults } from "../../diffusion/index.ts";
import { UserError } from "../../errors.ts";
import { mulDims } from "../../graph/dim.ts";
import { input } from "../../graph/index.ts";
import { ClipText, type ClipTextConfig } from "../../models/clip/index.ts";
import { UNet, type UNetConfig } from "../../models/unet/index.ts";
import type { AutoencoderConfig } from "../../models/vae/index.ts";
import type { Json } from "../../weights/model-directory.ts";
import type { DenoiserForm } from "./denoiser.ts";
import type { Graph } from "./networks.ts";

/** Configurations of a model's parts. */
export interface Configs {
  readonly unet: UNetConfig;
  readonly autoencoder: AutoencoderConfig;
  readonly text: ClipTextConfig;
  readonly scheduler: Json;
  readonly drawing: DrawingDefaults;
}

/** `ids` (n l) → `hidden` (n l width), `skip` layers before the end; with `learned` (rows width) where there are any. */
export function textEncoder({ text }: Configs, skip: number, hasLearned: boolean): Graph {
  const tower = new ClipText(text);
  const learned = hasLearned ? input("learned", "f32", ["rows", text.width]) : undefined;
  const { hidden } = tower.forward(input("ids", "i64", ["n", text.positions]), skip, learned);
  return { outputs: { hidden }, parameters: tower.parameters };
}

/** What height and width of latents are a multiple of, for each coarser level to be half of the one before. */
export const halvings = ({ unet }: Configs): number => 2 ** (unet.levels.length - 1);

/** What `Ask` tells of; `evenly` for latents whose sides are multiples of `halvings` only, which is faster. */
export function denoiser(configs: Configs, form: DenoiserForm, evenly: boolean): Graph {
  const { unet, text } = configs;
  const network = new UNet(unet);
  const { parameters } = network;
  const [h, w] = evenly ? [mulDims(halvings(configs), "h"), mulDims(halvings(configs), "w")] : ["h", "w"];
  const latents = input("latents", "f32", ["n", unet.in, h!, w!]);
  const states = input("text", "f32", ["n", "l", text.width]);
  const coarser = unet.levels[1] ?? unet.levels[0]!;
  const given = form === "shallow" ? input("deep", "f32", ["n", coarser.channels, h!, w!]) : undefined;
  const { said, deep } = network.parts(latents, input("timesteps", "f32", ["n"]), states, given);
  return { outputs: form === "keeping" ? { said, deep } : { said }, parameters };
}

/** The parts must agree on what they hand each other. */
export function checkFit({ unet, autoencoder, text }: Configs, path: string): void {
  const { latentChannels, channels } = autoencoder;
  const fail = (what: string): never => {
    throw new UserError(`${path}: ${what}; take all parts from one model`);
  };
  if (channels !== 3) fail(`the autoencoder's pictures have ${channels} channels, not 3`);
  if (![latentChannels, inpaintingChannels(latentChannels)].includes(unet.in) || unet.out !== latentChannels)
    fail(`the U-Net takes ${unet.in} and gives ${unet.out} channels, but the latents have ${latentChannels}`);
  if (unet.context !== text.width)
    fail(`the U-Net reads texts of width ${unet.context}, but the text encoder's are ${text.width} wide`);
}

/** Channels that go into an in-painting model's denoiser: the latents, the mask, and the latents of what the mask keeps. */
export const inpaintingChannels = (latentChannels: number): number => 2 * latentChannels + 1;
