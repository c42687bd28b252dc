import { grad, input, trainable } from "../graph/index.ts";
import { topological } from "../graph/order.ts";
import type { Tensor } from "../graph/tensor.ts";
import { type Compiled, compile } from "../runtime/compile.ts";
import { type NdArray, ndarray, zeros } from "../runtime/ndarray.ts";
import { Buffers, meanMetrics, next, prefixed } from "./arrays.ts";
import { through } from "./losses.ts";
import type { Trainer, TrainStepOptions } from "./step.ts";
import { groupScalars, trainedBy, updates } from "./update.ts";

type Features = Readonly<Record<string, Tensor>>;

export interface CachedStepOptions extends TrainStepOptions {
  /** What the networks make of a slice, (slice …), by name. */
  readonly features: Features;
  /** The same for a whole batch, as `wholeBatch` gives them: all that losses and metrics see of the networks. */
  readonly whole: Features;
}

/** Stand-ins for the features of a whole batch of `slices` slices, to build losses on. */
export const wholeBatch = (features: Features, slices: number): Features =>
  Object.fromEntries(
    Object.entries(features).map(([name, { shape }]) => {
      const [rows, ...rest] = shape as readonly number[];
      return [name, input(`features.${name}`, "f32", [rows! * slices, ...rest])];
    }),
  );

/**
 * A training step whose loss compares all of a batch with all, at the memory of a slice: first the features of every
 * slice, then the loss of the whole batch and its gradient by them, then slice by slice the gradient by the parameters.
 * Exactly the loss and the gradient of the whole batch, for one more forward pass: Gao et al. 2021, section 3.2.
 * `step` takes slices for batches: `slices` times as many.
 */
export async function cachedStep(options: CachedStepOptions): Promise<Trainer> {
  const { host, groups, metrics, whole, device = "cpu", frozen, accumulate = 1 } = options;
  const params = trainedBy(groups);
  const names = Object.keys(options.features);
  const seen = trainable(Object.values(options.features));
  const features = Object.fromEntries(names.map((name, i) => [name, seen[i]!]));
  const slices = (whole[names[0]!]!.dim(0) as number) / (features[names[0]!]!.dim(0) as number);
  const build = (outputs: Features): Promise<Compiled> =>
    compile({ host, device, patient: true, outputs, ...(frozen && { weights: frozen }) });

  const loss = Object.values(groups)
    .map((group) => group.loss)
    .reduce((sum, one) => sum.add(one));
  const direct = reachedBy([loss], params);
  const found = grad(loss, [...names.map((name) => whole[name]!), ...direct.values()]);
  const gradients = Object.fromEntries(names.map((name, i) => [`gradients.${name}`, found[i]!]));
  const directly = Object.fromEntries([...direct.keys()].map((key, i) => [`sums.${key}`, found[names.length + i]!]));

  const learned = names.filter((name) => reachedBy([features[name]!], params).size > 0);
  const inner = reachedBy(Object.values(features), params);
  const pulled = learned
    .map((name) => through(features[name]!, input(`gradients.${name}`, "f32", features[name]!.shape)))
    .reduce((sum, one) => sum.add(one));
  const pulls = grad(pulled, [...inner.values()]);
  const sums = Object.fromEntries(
    [...inner].map(([key, { shape }], i) => [`sums.${key}`, input(`sums.${key}`, "f32", shape).add(pulls[i]!)]),
  );

  const { outputs, norms } = updates(groups, (key) =>
    input(`sums.${key}`, "f32", params.get(key)!.shape).div(accumulate),
  );
  const [embedder, head, backward, updater] = await Promise.all([
    build(prefixed("features.", features)),
    build({ ...gradients, ...directly, ...prefixed("metrics.", metrics) }),
    build(next(sums)),
    build({ ...next(outputs), ...prefixed("metrics.", norms) }),
  ]);

  const spare = new Buffers(Object.keys(outputs));
  const sumBuffers = [new Buffers(Object.keys(sums)), new Buffers(Object.keys(sums))];
  return {
    async step(state, batches, lr) {
      if (batches.length !== accumulate * slices)
        throw new Error(`step: ${batches.length} slices given, ${accumulate * slices} needed`);
      const { arrays } = state;
      const like = (name: string): NdArray => arrays[name.replace("sums", "params")]!;
      const weights = Object.fromEntries([...params].map(([key, param]) => [param.name!, arrays[`params.${key}`]!]));
      let [sum, more] = sumBuffers.map((buffers) => buffers.like(like)) as [Arrays, Arrays];
      const outside = Object.fromEntries(Object.keys(directly).map((name) => [name, zeros(like(name).shape)]));
      for (const array of Object.values(sum)) array.data.fill(0 as never);
      const reports: Arrays[] = [];
      for (let start = 0; start < batches.length; start += slices) {
        const some = batches.slice(start, start + slices);
        const seen: Arrays[] = [];
        for (const slice of some) seen.push(await embedder.run({ ...slice, ...weights }));
        const result = await head.run({ ...joined(seen), ...weights });
        reports.push(result);
        for (const [name, array] of Object.entries(outside)) add(array, result[name]!);
        for (const [i, slice] of some.entries()) {
          const pull = Object.fromEntries(
            learned.map((name) => [`gradients.${name}`, part(result[`gradients.${name}`]!, i, slices)]),
          );
          await backward.run({ ...slice, ...weights, ...pull, ...sum }, next(more));
          [sum, more] = [more, sum];
        }
      }
      // What reaches the loss both ways has both gradients.
      const total = { ...outside, ...sum };
      for (const name of Object.keys(outside)) if (name in sum) add(total[name]!, outside[name]!);
      const before = Object.fromEntries(Object.keys(outputs).map((name) => [name, arrays[name]!]));
      const after = spare.like((name) => arrays[name]!);
      const scalars = groupScalars(groups, state.step, lr);
      reports.push(await updater.run({ ...weights, ...before, ...scalars, ...total }, next(after)));
      Object.assign(arrays, after);
      spare.arrays = before;
      state.step++;
      return meanMetrics(reports);
    },
    async close() {
      for (const compiled of [embedder, head, backward, updater]) await compiled.close();
    },
  };
}

type Arrays = Record<string, NdArray>;

/** Those of some parameters that tensors rest on. */
function reachedBy(tensors: readonly Tensor[], params: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  const all = new Set(topological(tensors));
  return new Map([...params].filter(([, param]) => all.has(param)));
}

/** Features of slices as those of the whole batch. */
function joined(parts: readonly Arrays[]): Arrays {
  const [first] = parts as [Arrays];
  return Object.fromEntries(
    Object.entries(first).map(([name, { data, shape }]) => {
      const all = new Float32Array(data.length * parts.length);
      for (const [i, one] of parts.entries()) all.set(one[name]!.data as Float32Array, i * data.length);
      return [name, ndarray(all, [shape[0]! * parts.length, ...shape.slice(1)])];
    }),
  );
}

/** The rows of slice `i` of `slices`. */
function part({ data, shape }: NdArray, i: number, slices: number): NdArray {
  const size = data.length / slices;
  const rows = (data as Float32Array).subarray(i * size, (i + 1) * size);
  return ndarray(rows, [shape[0]! / slices, ...shape.slice(1)]);
}

function add(to: NdArray, from: NdArray): void {
  const [sum, more] = [to.data as Float32Array, from.data as Float32Array];
  for (let i = 0; i < sum.length; i++) sum[i]! += more[i]!;
}
