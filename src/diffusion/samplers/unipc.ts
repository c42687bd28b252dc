import { combine, type Term } from "../latents.ts";
import { type Moment, needsSignal, type Sampler } from "../sampler.ts";
import { interval } from "./dpm-multistep.ts";
import { integrand, integrator } from "./exponential.ts";
import { solverOrder, solverPlan } from "./solver-plan.ts";

export interface UniPcOptions {
  readonly equation?: "data" | "noise";
  readonly order?: 1 | 2 | 3;
  /** The function B(h): h itself, or e^h − 1. */
  readonly variant?: "bh1" | "bh2";
}

/**
 * Zhao et al. 2023, "UniPC: a unified predictor-corrector framework", algorithms 5 and 6 (multistep). Each answer first
 * corrects the step that led to it, at no further evaluation, then predicts the next.
 */
export function uniPc({ equation = "data", order = 2, variant = "bh2" }: UniPcOptions = {}): Sampler {
  /** What the answers but the last add to a first-order step: the predictor's part, or with `now` the corrector's. */
  function residual(path: readonly Moment[], now?: Moment): Term[] {
    const last = path.at(-1)!;
    const used = solverOrder(path, order, Number.POSITIVE_INFINITY);
    const { from, to } = last.stage;
    const { h } = integrator(equation, from, to);
    const exponent = equation === "data" ? -h : h;
    const b = variant === "bh1" ? exponent : Math.expm1(exponent);
    const others = path.slice(-used, -1).reverse();
    const nodes = others.map((other) => ({ moment: other, r: interval(last, other, h) }));
    if (now) nodes.push({ moment: now, r: 1 });
    const rho = coefficients(
      nodes.map(({ r }) => r),
      exponent,
      b,
    );
    const scale = -(equation === "data" ? to.alpha : to.sigma) * b;
    return nodes.flatMap(({ moment, r }, k): Term[] => [
      [(scale * rho[k]!) / r, integrand(equation, moment)],
      [(-scale * rho[k]!) / r, integrand(equation, last)],
    ]);
  }

  return {
    name: "unipc",
    plan: (schedule, options) => needsSignal(solverPlan(schedule, options)),

    advance(path) {
      const now = path.at(-1)!;
      const { decay, gain } = integrator(equation, now.stage.from, now.stage.to);
      const before = path.slice(0, -1);
      const correction = before.length === 0 ? [] : [...times(-1, residual(before)), ...residual(before, now)];
      return combine(
        ...times(decay, [[1, now.x], ...correction]),
        [gain[0], integrand(equation, now)],
        ...residual(path),
      );
    },
  };
}

const times = (factor: number, terms: readonly Term[]): Term[] => terms.map(([c, x]) => [factor * c, x]);

/** Solves eq. 6 of the paper for ρ; where one unknown is left, ½ serves at the same order of accuracy. */
function coefficients(r: readonly number[], exponent: number, b: number): number[] {
  if (r.length === 1) return [0.5];
  let phi = Math.expm1(exponent) / exponent - 1;
  let factorial = 1;
  const right: number[] = [];
  for (let i = 1; i <= r.length; i++) {
    right.push((phi * factorial) / b);
    factorial *= i + 1;
    phi = phi / exponent - 1 / factorial;
  }
  return solve(
    right.map((_, i) => r.map((value) => value ** i)),
    right,
  );
}

/** Gaussian elimination with partial pivoting, of at most four equations. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  const size = rows.length;
  for (let column = 0; column < size; column++) {
    const pivot = rows
      .slice(column)
      .reduce((best, row) => (Math.abs(row[column]!) > Math.abs(best[column]!) ? row : best));
    const at = rows.indexOf(pivot);
    [rows[column], rows[at]] = [rows[at]!, rows[column]!];
    for (const row of rows) {
      if (row === pivot) continue;
      const factor = row[column]! / pivot[column]!;
      for (let k = column; k <= size; k++) row[k] = row[k]! - factor * pivot[k]!;
    }
  }
  return rows.map((row, i) => row[size]! / row[i]!);
}
