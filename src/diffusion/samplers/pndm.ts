import { combine, type Term } from "../latents.ts";
import { roundHalfEven, timesteps } from "../levels.ts";
import type { PredictionType } from "../parameterization.ts";
import { type Moment, needsSignal, numberStages, type Sampler, type StageDraft } from "../sampler.ts";
import { CLEAN, type Level } from "../schedule.ts";

export interface PndmOptions {
  /** Begin with three Runge–Kutta steps of four evaluations, as the paper does, rather than with a doubled first step. */
  readonly rungeKutta?: boolean;
  /** What the network predicts: the answers that are mixed are its own. */
  readonly prediction?: PredictionType;
}

/** Weights of the latest answers, the newest first: Adams–Bashforth of orders 1 to 4. */
const ADAMS_BASHFORTH = [[1], [3 / 2, -1 / 2], [23 / 12, -16 / 12, 5 / 12], [55 / 24, -59 / 24, 37 / 24, -9 / 24]];
const RUNGE_KUTTA = [1 / 6, 1 / 3, 1 / 3, 1 / 6];
const RUNGE_KUTTA_STEPS = 3;

/**
 * Liu et al. 2022, "Pseudo numerical methods for diffusion models on manifolds". Without Runge–Kutta it is CompVis'
 * PLMS, whose first step is evaluated at both ends: N steps are N + 1 evaluations, and `start` counts those.
 */
export function pndm({ rungeKutta = false, prediction = "epsilon" }: PndmOptions = {}): Sampler {
  return {
    name: "pndm",

    plan(schedule, options) {
      const { start = 0, spacing = "leading", offset = 0, end = "clean" } = options;
      const stride = Math.floor(schedule.config.trainSteps / options.steps);
      const visited = timesteps(schedule, options.steps, spacing, offset).map(roundHalfEven);
      const level = (timestep: number): Level =>
        timestep >= 0 ? schedule.at(timestep) : end === "clean" ? CLEAN : schedule.at(0);
      const remaining = visited.slice(start);
      const drafts =
        rungeKutta && remaining.length > RUNGE_KUTTA_STEPS
          ? rungeKuttaStages(remaining, stride, level)
          : plmsStages([...visited.slice(0, 2), ...visited.slice(1)].slice(start), stride, level);
      const stages = numberStages(drafts).map((stage) => ({ ...stage, index: start + stage.index }));
      return needsSignal({ stages, noiseScale: 1 });
    },

    advance(path) {
      const { from, to, back } = path.at(-1)!.stage;
      const { x } = path.at(-1 - back)!;
      const decay = to.alpha / from.alpha;
      const weight = to.sigma - decay * from.sigma;
      const mixed = mix(path, rungeKutta);
      if (prediction !== "v_prediction") {
        return combine([decay, x], ...mixed.map(([share, { noise }]): Term => [weight * share, noise]));
      }
      // The noise that the mixed velocity tells at x, α·v + σ·x, with each v = α·ε − σ·x₀ at its own level.
      return combine(
        [decay + weight * from.sigma, x],
        ...mixed.flatMap(([share, { stage, noise, denoised }]): Term[] => [
          [weight * from.alpha * share * stage.at.alpha, noise],
          [-weight * from.alpha * share * stage.at.sigma, denoised],
        ]),
      );
    },
  };
}

/** The first timestep is stepped from twice: to the second, then anew with the mean of the answers at both. */
const plmsStages = (evaluated: readonly number[], stride: number, level: (timestep: number) => Level): StageDraft[] =>
  evaluated.map((timestep, i) => {
    const at = level(timestep);
    return i === 1 ? { at, from: level(timestep + stride), to: at, back: 1 } : { at, to: level(timestep - stride) };
  });

/** Evaluations of a Runge–Kutta step are at its begin, twice in its middle, and at its end. */
function rungeKuttaStages(
  visited: readonly number[],
  stride: number,
  level: (timestep: number) => Level,
): StageDraft[] {
  const half = Math.floor(stride / 2);
  const first = visited.slice(0, RUNGE_KUTTA_STEPS).flatMap((timestep, i): StageDraft[] => {
    const from = level(timestep);
    const end = level(visited[i + 1]!);
    const middle = level(visited[i + 1]! + half);
    return [
      { at: from, to: level(timestep - half) },
      { at: middle, from, to: middle, back: 1 },
      { at: middle, from, to: end, back: 2 },
      { at: end, from, to: end, back: 3 },
    ];
  });
  const rest = visited
    .slice(RUNGE_KUTTA_STEPS)
    .map((timestep) => ({ at: level(timestep), to: level(timestep - stride) }));
  return [...first, ...rest];
}

/** The answers that a stage goes by, with their shares. */
function mix(path: readonly Moment[], rungeKutta: boolean): (readonly [share: number, Moment])[] {
  const { back, left } = path.at(-1)!.stage;
  const now = path.at(-1)!;
  const evaluations = 4 * RUNGE_KUTTA_STEPS;
  if (rungeKutta && path.length <= evaluations && path.length + left > evaluations) {
    return back === 3 ? RUNGE_KUTTA.map((share, i) => [share, path.at(i - 4)!]) : [[1, now]];
  }
  if (back === 1)
    return [
      [0.5, path.at(-2)!],
      [0.5, now],
    ];
  const history = path.filter(({ stage }) => stage.back === 0).slice(-ADAMS_BASHFORTH.length);
  return ADAMS_BASHFORTH[history.length - 1]!.map((share, i) => [share, history.at(-1 - i)!]);
}
