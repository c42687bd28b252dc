import { UserError } from "../../errors.ts";
import { combine } from "../latents.ts";
import { numberStages, type Sampler } from "../sampler.ts";
import { CLEAN } from "../schedule.ts";

export interface LcmOptions {
  /** Steps of the solver that the model was distilled from; it knows their timesteps only. */
  readonly originalSteps?: number;
  readonly timestepScaling?: number;
}

/** Steps of the solver in distillation, where nobody says otherwise. */
export const distilledSteps = 50;

/**
 * Shares of x and of the clean picture that the network sees in it, in what a consistency model says: at t = 0 it is the
 * identity. Luo et al. 2023, eq. 9, with σ_data 0.5.
 */
export function boundary(timestep: number, scaling = 10): { readonly skip: number; readonly out: number } {
  const [t, data] = [timestep * scaling, 0.5];
  return { skip: data ** 2 / (t ** 2 + data ** 2), out: t / Math.hypot(t, data) };
}

/** Luo et al. 2023, "Latent consistency models", algorithm 2: jump to the clean picture, noise it to the next level. */
export function lcm({ originalSteps = distilledSteps, timestepScaling = 10 }: LcmOptions = {}): Sampler {
  return {
    name: "lcm",

    plan(schedule, { steps, start }) {
      if (!Number.isInteger(steps) || steps < 1 || steps > originalSteps) {
        throw new UserError(
          `steps: ${steps} is not a whole number from 1 to the ${originalSteps} that lcm models know`,
        );
      }
      const stride = Math.floor(schedule.config.trainSteps / originalSteps);
      const levels = Array.from({ length: steps }, (_, i) => {
        const skipped = Math.floor((i * originalSteps) / steps);
        return schedule.at((originalSteps - skipped) * stride - 1);
      });
      const drafts = levels.map((at, i) => ({ at, to: levels[i + 1] ?? CLEAN }));
      return { stages: numberStages(drafts, start), noiseScale: 1 };
    },

    advance(path, draw) {
      const { stage, x, denoised } = path.at(-1)!;
      const { at, to, index } = stage;
      const { skip, out } = boundary(at.timestep, timestepScaling);
      const clean = combine([out, denoised], [skip, x]);
      return to.sigma === 0 ? clean : combine([to.alpha, clean], [to.sigma, draw(index)]);
    },
  };
}
