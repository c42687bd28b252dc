import { combine } from "../latents.ts";
import { type Moment, needsSignal, type Sampler } from "../sampler.ts";
import { noiseRatio } from "../schedule.ts";
import { eulerPlan } from "./euler.ts";

const ORDER = 4;

/** Linear multistep (Adams–Bashforth on uneven levels) in σ/α: k-diffusion's sample_lms. */
export const lms = (): Sampler => ({
  name: "lms",
  plan: (schedule, options) => needsSignal(eulerPlan(schedule, options)),

  advance(path) {
    const { stage, x } = path.at(-1)!;
    const seen = path.slice(-ORDER);
    const weights = adamsBashforth(seen.map(ratioOf), noiseRatio(stage.to));
    return combine(
      [stage.to.alpha / stage.from.alpha, x],
      ...seen.map(({ noise }, i) => [stage.to.alpha * weights[i]!, noise] as const),
    );
  },
});

const ratioOf = ({ stage }: Moment): number => noiseRatio(stage.at);

/** ∫ of each node's Lagrange polynomial from the last node to `end`; two Gauss points are exact for four nodes. */
function adamsBashforth(nodes: readonly number[], end: number): number[] {
  const begin = nodes.at(-1)!;
  const [middle, half] = [(begin + end) / 2, (end - begin) / 2];
  const points = [middle - half / Math.sqrt(3), middle + half / Math.sqrt(3)];
  const lagrange = (j: number, at: number): number =>
    nodes.reduce((product, node, k) => (k === j ? product : (product * (at - node)) / (nodes[j]! - node)), 1);
  return nodes.map((_, j) => half * points.reduce((sum, at) => sum + lagrange(j, at), 0));
}
