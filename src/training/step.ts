import { grad, input, trainable } from "../graph/index.ts";
import type { Target } from "../graph/op.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { WeightSource } from "../onnx/emit.ts";
import { type Compiled, compile } from "../runtime/compile.ts";
import type { Host } from "../runtime/host.ts";
import type { NdArray } from "../runtime/ndarray.ts";
import { Buffers, meanMetrics, next, prefixed } from "./arrays.ts";
import type { TrainState } from "./state.ts";
import { type Groups, groupScalars, trainedBy, updates } from "./update.ts";

export interface TrainStepOptions {
  readonly host: Host;
  readonly device?: Target;
  readonly groups: Groups;
  /** Scalars to report. */
  readonly metrics: Readonly<Record<string, Tensor>>;
  /** Data of the parameters that no group trains. */
  readonly frozen?: WeightSource;
  /** Batches whose mean gradient makes one update. */
  readonly accumulate?: number;
}

/** Forward, backward and update as one ONNX graph. State goes in and out as tensors that are allocated once. */
export interface Trainer {
  /** Moves the state on by one update; `batches` holds as many as are accumulated. Returns the metrics' means. */
  step(
    state: TrainState,
    batches: readonly Readonly<Record<string, NdArray>>[],
    lr: Readonly<Record<string, number>>,
  ): Promise<Record<string, number>>;
  close(): Promise<void>;
}

/** Losses and metrics in the form whose gradients cost least. */
function arranged({ groups, metrics }: TrainStepOptions): Pick<TrainStepOptions, "groups" | "metrics"> {
  const [lossOf, metricOf] = [Object.entries(groups), Object.entries(metrics)];
  const now = trainable([...lossOf.map(([, { loss }]) => loss), ...metricOf.map(([, metric]) => metric)]);
  return {
    groups: Object.fromEntries(lossOf.map(([name, group], i) => [name, { ...group, loss: now[i]! }])),
    metrics: Object.fromEntries(metricOf.map(([name], i) => [name, now[lossOf.length + i]!])),
  };
}

export async function trainStep(options: TrainStepOptions): Promise<Trainer> {
  const { host, device = "cpu", frozen, accumulate = 1 } = options;
  const { groups, metrics } = arranged(options);
  const params = trainedBy(groups);
  const gradients = new Map<string, Tensor>();
  for (const group of Object.values(groups)) {
    const found = grad(group.loss, [...group.params.values()]);
    [...group.params.keys()].forEach((key, i) => {
      gradients.set(key, found[i]!);
    });
  }
  const reported = prefixed("metrics.", metrics);
  const build = (outputs: Record<string, Tensor>): Promise<Compiled> =>
    compile({ host, device, patient: true, outputs: { ...outputs, ...reported }, ...(frozen && { weights: frozen }) });
  const summed = (key: string): Tensor => input(`sums.${key}`, "f32", params.get(key)!.shape).add(gradients.get(key)!);
  const sums = Object.fromEntries([...params.keys()].map((key) => [`sums.${key}`, summed(key)]));
  const adder = accumulate > 1 ? await build(next(sums)) : undefined;
  const { outputs, norms } = updates(groups, (key) =>
    accumulate > 1 ? sums[`sums.${key}`]!.div(accumulate) : gradients.get(key)!,
  );
  const updater = await build({ ...next(outputs), ...prefixed("metrics.", norms) });

  const moved = Object.keys(outputs);
  const spare = new Buffers(moved);
  const sumBuffers = [new Buffers(Object.keys(sums)), new Buffers(Object.keys(sums))];
  return {
    async step(state, batches, lr) {
      if (batches.length !== accumulate) throw new Error(`step: ${batches.length} batches given, ${accumulate} needed`);
      const { arrays } = state;
      const weights = Object.fromEntries([...params].map(([key, p]) => [p.name!, arrays[`params.${key}`]!]));
      const reports: Record<string, NdArray>[] = [];
      let sum: Record<string, NdArray> = {};
      if (adder) {
        const like = (name: string): NdArray => arrays[name.replace("sums", "params")]!;
        const [a, b] = sumBuffers.map((buffers) => buffers.like(like));
        let more = b!;
        sum = a!;
        for (const array of Object.values(sum)) array.data.fill(0 as never);
        for (const batch of batches.slice(0, -1)) {
          reports.push(await adder.run({ ...batch, ...weights, ...sum }, next(more)));
          [sum, more] = [more, sum];
        }
      }
      const before = Object.fromEntries(moved.map((name) => [name, arrays[name]!]));
      const after = spare.like((name) => arrays[name]!);
      const scalars = groupScalars(groups, state.step, lr);
      reports.push(await updater.run({ ...batches.at(-1)!, ...weights, ...before, ...scalars, ...sum }, next(after)));
      Object.assign(arrays, after);
      spare.arrays = before;
      state.step++;
      return meanMetrics(reports);
    },
    async close() {
      await adder?.close();
      await updater.close();
    },
  };
}
