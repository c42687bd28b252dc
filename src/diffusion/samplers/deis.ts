import { combine, type Term } from "../latents.ts";
import { type Moment, needsSignal, type Sampler } from "../sampler.ts";
import { type Level, noiseRatio } from "../schedule.ts";
import { solverOrder, solverPlan } from "./solver-plan.ts";

/**
 * Zhang and Chen 2023, "Fast sampling of diffusion models with exponential integrator", tAB-DEIS with the noise
 * interpolated in ln ρ, ρ = σ/α. It ends at the first trained level, where ln ρ still has a value.
 */
export const deis = ({ order = 2 }: { readonly order?: 1 | 2 | 3 } = {}): Sampler => ({
  name: "deis",
  plan: (schedule, options) => needsSignal(solverPlan(schedule, { ...options, end: "first" })),

  advance(path) {
    const { stage, x } = path.at(-1)!;
    const seen = path.slice(-solverOrder(path, order));
    const weights = interpolationWeights(seen, stage.to);
    return combine(
      [stage.to.alpha / stage.from.alpha, x],
      ...seen.map(({ noise }, i): Term => [stage.to.alpha * weights[i]!, noise]),
    );
  },
});

/** ∫ dρ, from the last moment's level to `to`, of each moment's Lagrange polynomial in u = ln ρ. */
function interpolationWeights(moments: readonly Moment[], to: Level): number[] {
  const nodes = moments.map(({ stage }) => Math.log(noiseRatio(stage.at)));
  const [begin, end] = [nodes.at(-1)!, Math.log(noiseRatio(to))];
  const antiderivatives = [
    (u: number) => Math.exp(u),
    (u: number) => Math.exp(u) * (u - 1),
    (u: number) => Math.exp(u) * (u * u - 2 * u + 2),
  ];
  const powers = antiderivatives.map((integral) => integral(end) - integral(begin));
  return nodes.map((node, j) => {
    const [a, b] = nodes.filter((_, k) => k !== j);
    if (a === undefined) return powers[0]!;
    if (b === undefined) return (powers[1]! - a * powers[0]!) / (node - a);
    return (powers[2]! - (a + b) * powers[1]! + a * b * powers[0]!) / ((node - a) * (node - b));
  });
}
