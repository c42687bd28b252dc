import { type NdArray, zeros } from "../runtime/ndarray.ts";

/** Arrays that are allocated at the first step and then stay. */
export class Buffers {
  readonly names: readonly string[];
  arrays: Record<string, NdArray> | undefined;

  constructor(names: readonly string[]) {
    this.names = names;
  }

  like(model: (name: string) => NdArray): Record<string, NdArray> {
    this.arrays ??= Object.fromEntries(this.names.map((name) => [name, zeros(model(name).shape)]));
    return this.arrays;
  }
}

export const prefixed = <T>(prefix: string, values: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));

/** Names of outputs: in ONNX they must differ from the inputs that they will be in the next step. */
export const next = <T>(values: Readonly<Record<string, T>>): Record<string, T> => prefixed("next.", values);

/** Means of the outputs called `metrics.*` over the runs that report them. */
export function meanMetrics(reports: readonly Record<string, NdArray>[]): Record<string, number> {
  const names = [...new Set(reports.flatMap((report) => Object.keys(report)))].filter((name) =>
    name.startsWith("metrics."),
  );
  return Object.fromEntries(
    names.map((name) => {
      const values = reports.flatMap((report) => (report[name] ? [Number(report[name].data[0])] : []));
      return [name.slice("metrics.".length), values.reduce((sum, value) => sum + value, 0) / values.length];
    }),
  );
}
