import { UserError } from "../../errors.ts";
import { combine } from "../latents.ts";
import { numberStages, type Sampler } from "../sampler.ts";
import { CLEAN } from "../schedule.ts";

export interface LcmOptions {
  /** Steps of the solver that the model was distilled from; it knows their timesteps only. */
  readonly originalSteps?: number;
  readonly timestepScaling?: number;
}

/** σ_data of the boundary condition. */
const DATA = 0.5;

/** Luo et al. 2023, "Latent consistency models", algorithm 2: jump to the clean picture, noise it to the next level. */
export function lcm({ originalSteps = 50, timestepScaling = 10 }: LcmOptions = {}): Sampler {
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
      // The consistency function's boundary condition, eq. 9: at t = 0 it is the identity.
      const t = at.timestep * timestepScaling;
      const clean = combine([t / Math.hypot(t, DATA), denoised], [DATA ** 2 / (t ** 2 + DATA ** 2), x]);
      return to.sigma === 0 ? clean : combine([to.alpha, clean], [to.sigma, draw(index)]);
    },
  };
}
