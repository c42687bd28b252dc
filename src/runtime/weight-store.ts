import type { Prepared, WeightSource } from "../onnx/emit.ts";
import type { Host } from "./host.ts";
import type { NdArray } from "./ndarray.ts";
import { preparationOf } from "./prepare.ts";

/** Weights of one model in the forms that its graphs want, each made once and shared by all of them. */
export class WeightStore {
  readonly #host: Host;
  readonly #arrays = new Map<string, NdArray>();

  constructor(host: Host) {
    this.#host = host;
  }

  /** Makes what is not there, and keeps it. */
  async hold(wanted: readonly Prepared[], weights: WeightSource): Promise<Record<string, NdArray>> {
    const missing = wanted.filter(({ name }) => !this.#arrays.has(name));
    for (const [name, array] of Object.entries(await prepared(this.#host, missing, weights)))
      this.#arrays.set(name, array);
    return Object.fromEntries(wanted.map(({ name }) => [name, this.#arrays.get(name)!]));
  }
}

/** Values of an emitted graph, made of its weights. */
export async function prepared(
  host: Host,
  wanted: readonly Prepared[],
  weights: WeightSource,
): Promise<Record<string, NdArray>> {
  const made = await host.prepare(wanted.map(({ value }) => preparationOf(value, weights)));
  return Object.fromEntries(
    wanted.map(({ name, value }, i) => [name, { dtype: value.dtype, shape: value.shape, data: made[i] } as NdArray]),
  );
}
