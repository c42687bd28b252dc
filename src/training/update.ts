import { staticSize } from "../graph/dim.ts";
import { concat, input } from "../graph/index.ts";
import type { Tensor } from "../graph/tensor.ts";
import { type NdArray, ndarray } from "../runtime/ndarray.ts";
import { type AdamW, adamWScalars, adamWUpdate, clipFactor, globalNorm } from "./adamw.ts";
import { average } from "./ema.ts";
import { type Muon, movedByMuon, muonUpdate } from "./muon.ts";

/** Parameters that one optimiser moves down one loss. */
export interface Group {
  readonly params: ReadonlyMap<string, Tensor>;
  readonly loss: Tensor;
  readonly optimizer: AdamW;
  /** What moves matrices and kernels instead. */
  readonly muon?: Muon | undefined;
  /** Decay of the weights' running average at a step; none is kept without. */
  readonly ema?: (step: number) => number;
  /** Longest gradient, all of the group taken as one vector. */
  readonly clip?: number;
  /** Ranges that parameters are pushed back into after each update, by key. */
  readonly clamp?: Readonly<Record<string, readonly [number, number]>>;
  /** Step at which the group joins; its bias corrections count from there. */
  readonly start?: number;
}

export type Groups = Readonly<Record<string, Group>>;

/** The parameters of all groups. Throws where two have the same. */
export function trainedBy(groups: Groups): Map<string, Tensor> {
  const params = new Map<string, Tensor>();
  for (const group of Object.values(groups))
    for (const [key, param] of group.params) {
      if (params.has(key)) throw new Error(`two groups train "${key}"`);
      params.set(key, param);
    }
  return params;
}

/** The new state of every group: `params.*`, `mean.*`, but for Muon `square.*`, where an average is kept `ema.*`; and the norms. */
export function updates(
  groups: Groups,
  gradient: (key: string) => Tensor,
): { outputs: Record<string, Tensor>; norms: Record<string, Tensor> } {
  const outputs: Record<string, Tensor> = {};
  const norms: Record<string, Tensor> = {};
  for (const [name, group] of Object.entries(groups)) {
    const scalar = (what: string): Tensor => input(`${name}.${what}`, "f32", []);
    const scalars = {
      lr: scalar("lr"),
      meanCorrection: scalar("meanCorrection"),
      spreadCorrection: scalar("spreadCorrection"),
    };
    const keep = scalar("keep");
    const bundles = bundled(group).map((bundle) => ({ ...bundle, gradient: bundle.join(gradient) }));
    const norm = globalNorm(bundles.map((bundle) => bundle.gradient));
    if (group.clip !== undefined) norms[`norm.${name}`] = norm;
    const scale = group.clip === undefined ? undefined : clipFactor(norm, group.clip);
    for (const { join, split, decay, range, muon, gradient } of bundles) {
      const state = (kind: string): Tensor => join((key, { shape }) => input(`${kind}.${key}`, "f32", shape));
      const before = { param: join((_, param) => param), mean: state("mean") };
      const by = { ...scalars, scale };
      const { param, ...moments } = muon
        ? muonUpdate(before, gradient, by, muon, decay)
        : adamWUpdate({ ...before, square: state("square") }, gradient, by, group.optimizer, decay);
      const params = range ? param.clip(...range) : param;
      const after = { params, ...moments };
      const all = group.ema ? { ...after, ema: average(state("ema"), params, keep) } : after;
      for (const [kind, tensor] of Object.entries(all)) {
        for (const [key, part] of split(tensor)) outputs[`${kind}.${key}`] = part;
      }
    }
  }
  return { outputs, norms };
}

/** Parameters that are updated as one tensor. */
interface Bundle {
  readonly decay: number;
  readonly range: readonly [number, number] | undefined;
  /** Given for what it moves. */
  readonly muon: Muon | undefined;
  /** One tensor of what belongs to each parameter. */
  join(of: (key: string, param: Tensor) => Tensor): Tensor;
  split(joint: Tensor): [key: string, part: Tensor][];
}

/** Numbers up to which a parameter's update costs more to start than to compute: such are joined to one vector. */
const small = 4096;

function bundled({ params, optimizer, muon, clamp }: Group): Bundle[] {
  const bundles: Bundle[] = [];
  const smallByDecay = new Map<number, [string, Tensor][]>();
  for (const [key, param] of params) {
    const decay = optimizer.decay(param);
    const range = clamp?.[key];
    const others = smallByDecay.get(decay) ?? [];
    const matrix = muon && movedByMuon(key, param);
    if (range || matrix || staticSize(param.shape) > small) {
      bundles.push(alone(key, param, { decay, range, muon: matrix ? muon : undefined }));
    } else smallByDecay.set(decay, [...others, [key, param]]);
  }
  return [...bundles, ...Array.from(smallByDecay, ([decay, members]) => joined(decay, members))];
}

/** ONNX Runtime combines a tensor with a number slowly, one by one, where the last axis has length 1: such axes are left out. */
function alone(key: string, param: Tensor, how: Pick<Bundle, "decay" | "range" | "muon">): Bundle {
  const last = param.shape.findLastIndex((length) => length !== 1);
  const shape = param.shape.slice(0, last + 1);
  return {
    ...how,
    join: (of) => of(key, param).reshape(shape),
    split: (joint) => [[key, joint.reshape(param.shape)]],
  };
}

const joined = (decay: number, members: readonly [string, Tensor][]): Bundle => ({
  decay,
  range: undefined,
  muon: undefined,
  join: (of) =>
    concat(
      members.map(([key, param]) => of(key, param).reshape([staticSize(param.shape)])),
      0,
    ),
  split(joint) {
    let end = 0;
    return members.map(([key, { shape }]) => {
      const start = end;
      end += staticSize(shape);
      return [key, joint.slice(0, start, end).reshape(shape)];
    });
  },
});

/** The scalars that a step feeds for the groups. */
export function groupScalars(
  groups: Groups,
  step: number,
  lr: Readonly<Record<string, number>>,
): Record<string, NdArray> {
  const feeds: Record<string, NdArray> = {};
  for (const [name, group] of Object.entries(groups)) {
    const own = step - (group.start ?? 0);
    const scalars = adamWScalars(own, lr[name]!, group.optimizer);
    for (const [key, value] of Object.entries(scalars)) feeds[`${name}.${key}`] = scalarArray(value);
    if (group.ema) feeds[`${name}.keep`] = scalarArray(group.ema(own));
  }
  return feeds;
}

const scalarArray = (value: number): NdArray<"f32"> => ndarray(Float32Array.of(value), []);
