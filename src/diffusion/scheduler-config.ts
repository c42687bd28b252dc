import { UserError } from "../errors.ts";
import { bookkeeping, Fields } from "../fields.ts";
import type { PlanOptions } from "./levels.ts";
import type { Limit, PredictionType } from "./parameterization.ts";
import type { Sampler } from "./sampler.ts";
import { configureSampler } from "./sampler-config.ts";
import { findSampler } from "./samplers/index.ts";
import { type BetaSchedule, NoiseSchedule } from "./schedule.ts";
import type { NamedSchedule } from "./schedule-name.ts";

/** What a model directory's `scheduler/scheduler_config.json` says. */
export interface SchedulerSettings {
  readonly schedule: NoiseSchedule;
  readonly prediction: PredictionType;
  readonly sampler: Sampler;
  /** To be completed with the number of steps. */
  readonly plan: Omit<PlanOptions, "steps" | "start">;
  readonly limit?: Limit;
}

const spacings = { leading: "leading", trailing: "trailing", linspace: "linspace" } as const;
const predictions = { epsilon: "epsilon", v_prediction: "v_prediction", sample: "sample" } as const;
const betaSchedules = {
  linear: "linear",
  scaled_linear: "scaled_linear",
  squaredcos_cap_v2: "squaredcos_cap_v2",
} as const;
const finals = { zero: true, sigma_min: false } as const;

/** Fields that would change the result if they had other values than these. */
const only: Readonly<Record<string, readonly unknown[]>> = {
  trained_betas: [null],
  lambda_min_clipped: [null, Number.NEGATIVE_INFINITY],
  interpolation_type: ["linear"],
  timestep_type: ["discrete"],
  sigma_min: [null],
  sigma_max: [null],
  predict_epsilon: [true],
  lower_order_final: [true],
  euler_at_final: [false],
  use_beta_sigmas: [null, false],
  use_lu_lambdas: [null, false],
  use_flow_sigmas: [null, false],
  use_dynamic_shifting: [null, false],
  shift_terminal: [null],
};

/** Fields that only some samplers heed (those have read them by then), or that say nothing. */
const irrelevant = [
  ...bookkeeping,
  "algorithm_type",
  "clip_sample",
  "clip_sample_range",
  "disable_corrector",
  "dynamic_thresholding_ratio",
  "final_sigmas_type",
  "flow_shift",
  "noise_sampler_seed",
  "original_inference_steps",
  "predict_x0",
  "sample_max_value",
  "set_alpha_to_one",
  "skip_prk_steps",
  "solver_order",
  "solver_p",
  "solver_type",
  "thresholding",
  "time_shift_type",
  "timestep_scaling",
  "variance_type",
];

/** Samplers whose class in diffusers heeds `clip_sample`, and those that heed `thresholding`. */
const clipping = ["ddim", "ddpm", "lcm", "heun"];
const thresholding = ["ddim", "ddpm", "lcm", "dpmpp-2m", "dpmpp-2s", "unipc", "deis"];

export interface SchedulerChanges extends NamedSchedule {
  /** DDIM's. */
  readonly eta?: number;
}

/**
 * Reads diffusers' scheduler config. `name` is another sampler than the config's own, which then keeps the noise
 * schedule, the spacing and the limits, but for the changes. Throws a UserError that names `where` and the field.
 */
export function readScheduler(
  config: unknown,
  where: string,
  name?: string,
  changes: SchedulerChanges = {},
): SchedulerSettings {
  const fields = new Fields(config, where);
  const own = fields.raw("_class_name");
  if (typeof own !== "string") return fields.fail("_class_name", "must be the name of a scheduler");
  const { sampler, sigmas } = findSampler(name ?? own, changes);
  const isOwn = findSampler(own).sampler.name === sampler.name;
  const { schedule, prediction } = readSchedule(fields, changes);
  const settings: SchedulerSettings = {
    schedule,
    prediction,
    sampler: configureSampler(sampler, fields, isOwn, prediction),
    plan: readPlan(fields, sampler, { ...(sigmas && { sigmas }), ...changes }),
    ...readLimit(fields, sampler, isOwn),
  };
  for (const [field, values] of Object.entries(only)) {
    const value = fields.raw(field);
    if (value !== undefined && !values.includes(value)) {
      fields.fail(field, `must be ${values.map(String).join(" or ")}, as other values are not supported`);
    }
  }
  fields.ignore(irrelevant);
  fields.end();
  return settings;
}

function readSchedule(fields: Fields, changes: NamedSchedule): Pick<SchedulerSettings, "schedule" | "prediction"> {
  const prediction = fields.choice<PredictionType>("prediction_type", predictions, "epsilon");
  const rescaled = fields.flag("rescale_betas_zero_snr", false);
  if (rescaled && prediction === "epsilon") {
    fields.fail("rescale_betas_zero_snr", 'must be false where prediction_type is "epsilon"');
  }
  if (changes.zeroTerminalSnr && prediction === "epsilon")
    throw new UserError(
      "schedule: zero-terminal-snr needs a model that predicts the velocity, and this one predicts the noise",
    );
  const zeroTerminalSnr = changes.zeroTerminalSnr ?? rescaled;
  const schedule = new NoiseSchedule({
    trainSteps: fields.count("num_train_timesteps", undefined, 100_000),
    betaStart: fields.number("beta_start", Number.NaN),
    betaEnd: fields.number("beta_end", Number.NaN),
    betaSchedule: fields.choice<BetaSchedule>("beta_schedule", betaSchedules),
    zeroTerminalSnr,
  });
  return { schedule, prediction };
}

function readPlan(fields: Fields, sampler: Sampler, named: NamedSchedule): SchedulerSettings["plan"] {
  const trained =
    fields.raw("timestep_spacing") === undefined ? undefined : fields.choice("timestep_spacing", spacings);
  const spacing = named.spacing ?? trained;
  const [karras, exponential] = [fields.flag("use_karras_sigmas", false), fields.flag("use_exponential_sigmas", false)];
  if (karras && exponential) fields.fail("use_exponential_sigmas", "must be false where use_karras_sigmas is true");
  const toOne = ["ddim", "pndm"].includes(sampler.name)
    ? fields.flag("set_alpha_to_one", sampler.name === "ddim")
    : fields.choice("final_sigmas_type", finals, "zero");
  return {
    offset: fields.number("steps_offset", 0),
    sigmas: named.sigmas ?? (karras ? "karras" : exponential ? "exponential" : "trained"),
    ...(spacing && { spacing }),
    end: toOne ? "clean" : "first",
  };
}

function readLimit(fields: Fields, { name }: Sampler, isOwn: boolean): Pick<SchedulerSettings, "limit"> {
  const keepNoise = name === "ddim";
  if (thresholding.includes(name) && fields.flag("thresholding", false)) {
    const quantile = fields.number("dynamic_thresholding_ratio", 0.995);
    return { limit: { kind: "threshold", quantile, max: fields.number("sample_max_value", 1), keepNoise } };
  }
  if (clipping.includes(name) && fields.flag("clip_sample", isOwn && name !== "heun")) {
    return { limit: { kind: "clip", range: fields.number("clip_sample_range", 1), keepNoise } };
  }
  return {};
}
