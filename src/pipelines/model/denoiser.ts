import type { Latents } from "../../diffusion/index.ts";

/** Says noise, velocity or picture of latents (n c h w) at a timestep, given the hidden states (n l width) of texts. */
export interface Denoiser {
  denoise(latents: Latents, timestep: number, text: Latents): Promise<Latents>;
}
