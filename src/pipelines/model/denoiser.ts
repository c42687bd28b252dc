import type { Latents } from "../../diffusion/index.ts";
import { ndarray } from "../../runtime/ndarray.ts";

/** Says noise, velocity or picture of latents (n c h w) at a timestep, given the hidden states (n l width) of texts. */
export interface Denoiser {
  denoise(latents: Latents, timestep: number, text: Latents): Promise<Latents>;
}

/**
 * What a denoiser is compiled as: "whole"; "keeping", which also gives the deep feature, that is what the coarser levels
 * have to say; "shallow", which takes that instead of asking them.
 */
export type DenoiserForm = "whole" | "keeping" | "shallow";

/** Runs a denoiser: `latents`, `timesteps` (n), `text` and of the shallow form `deep` go in, `said` and `deep` come out. */
export type Ask = (
  form: DenoiserForm,
  inputs: Readonly<Record<string, Latents>>,
) => Promise<Readonly<Record<string, Latents>>>;

export const wholeDenoiser = (ask: Ask): Denoiser => ({
  denoise: async (latents, timestep, text) => (await ask("whole", questions(latents, timestep, text))).said!,
});

/**
 * A denoiser of one picture that asks the coarser levels every so many times and else takes what they said last: Ma et
 * al. 2024, "DeepCache". What they say changes little from step to step.
 */
export function cachingDenoiser(ask: Ask, every: number): Denoiser {
  let known: { readonly shape: string; readonly deep: Latents } | undefined;
  let uses = 0;
  return {
    async denoise(latents, timestep, text) {
      const inputs = questions(latents, timestep, text);
      const shape = latents.shape.join();
      if (known?.shape === shape && uses < every) {
        uses++;
        return (await ask("shallow", { ...inputs, deep: known.deep })).said!;
      }
      const { said, deep } = await ask("keeping", inputs);
      known = { shape, deep: deep! };
      uses = 1;
      return said!;
    },
  };
}

function questions(latents: Latents, timestep: number, text: Latents): Record<string, Latents> {
  const n = latents.shape[0]!;
  return { latents, timesteps: ndarray(new Float32Array(n).fill(timestep), [n]), text };
}
