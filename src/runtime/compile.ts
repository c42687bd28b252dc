import { blocked } from "../graph/blocked.ts";
import { gathered } from "../graph/gathered.ts";
import type { Target } from "../graph/op.ts";
import { quantized, type Ranges } from "../graph/quantized.ts";
import { type Part, split } from "../graph/split.ts";
import { describe, type Tensor } from "../graph/tensor.ts";
import { unstrided } from "../graph/unstrided.ts";
import { emit, type Prepared, type WeightData, type WeightSource } from "../onnx/emit.ts";
import type { ExternalData } from "../onnx/proto.ts";
import { channelBlock } from "./channel-block.ts";
import type { Host } from "./host.ts";
import type { NdArray } from "./ndarray.ts";
import { prepared, WeightStore } from "./weight-store.ts";

export interface CompileOptions {
  readonly host: Host;
  /** What to compute, by name. Inputs are found by walking the graph. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Data of the parameters; those without become inputs. */
  readonly weights?: WeightSource;
  /** Folder in which external weight files are named. */
  readonly weightFolder?: string;
  /** Where graphs of the same weights share what they hold of them. */
  readonly store?: WeightStore;
  readonly device?: Target;
  readonly threads?: number;
  /** See `SessionOptions`. */
  readonly patient?: boolean;
  /** On the CPU: weights stay in their files, to be widened whenever they are used. Little memory, but half as fast. */
  readonly lean?: boolean;
  /** On the CPU: calculates with weights and activations of eight bits. */
  readonly int8?: EightBits;
}

export interface EightBits {
  /** What convolutions see and say. */
  readonly ranges: Ranges;
  /** Where weights of eight bits lie that were made before, as `eightBitWeights` calls them. */
  readonly kept?: (name: string) => ExternalData | undefined;
}

/** A graph ready to run on a device. */
export interface Compiled {
  /**
   * Runs the graph. `outputs` may give arrays to be filled instead of new ones.
   * Throws when an input is missing or its type or shape does not fit.
   */
  run(
    inputs: Readonly<Record<string, NdArray>>,
    outputs?: Readonly<Record<string, NdArray>>,
  ): Promise<Record<string, NdArray>>;
  close(): Promise<void>;
}

/** Simplifies a graph, fits it to the device, writes it and opens a session on it. */
export async function compile(options: CompileOptions): Promise<Compiled> {
  const { host, weightFolder, device = "cpu", threads, patient, lean = false } = options;
  const { store = new WeightStore(host) } = options;
  const given = options.weights && named(host, options.weights, weightFolder);
  const hold = device === "cpu" && given !== undefined && !lean;
  const { outputs, weights } = hold ? await fitted(options, given) : { outputs: options.outputs, weights: given };
  const model = emit(trained(outputs, device, weights), device, weights, hold);
  const constants = weights && (await prepared(host, model.constants, weights));
  // Made in threads, while the engine packs what it has.
  const fed = weights && store.hold(model.fed, weights);
  const session = await host.session(model.bytes, {
    device,
    ...(constants && { constants }),
    ...(fed && { fed }),
    ...(threads !== undefined && { threads }),
    ...(weightFolder !== undefined && { weightFolder }),
    ...(patient !== undefined && { patient }),
    ...(device === "cpu" && { lean, widens: model.widens }),
  });
  return {
    run: (inputs, given) => {
      checkInputs(inputs, model.inputs);
      return session.run(inputs, given);
    },
    close: () => session.close(),
  };
}

/** The outputs with convolutions whose kernels come with each run, and gradients of convolutions, as the device has them. */
function trained(
  outputs: Readonly<Record<string, Tensor>>,
  device: Target,
  given: WeightSource | undefined,
): Record<string, Tensor> {
  const isWeight = (x: Tensor): boolean => x.op.name === "parameter" && given?.(x.name!, x) !== undefined;
  const plain = unstrided(Object.values(outputs), isWeight);
  const tensors = device === "cpu" ? gathered(plain, isWeight) : plain;
  return Object.fromEntries(Object.keys(outputs).map((name, i) => [name, tensors[i]!]));
}

/** Weights of a graph in eight bits, to be kept in a file. */
export interface EightBitWeights {
  readonly values: readonly Prepared[];
  make(some: readonly Prepared[]): Promise<Record<string, NdArray>>;
}

/** What `int8` makes of a graph's weights. */
export async function eightBitWeights(options: CompileOptions): Promise<EightBitWeights> {
  const { host, weightFolder, weights: given = () => undefined } = options;
  const { outputs, weights } = await fitted(options, named(host, given, weightFolder));
  const values = emit(outputs, "cpu", weights, true).constants.filter(({ value }) => value.op.packed);
  return { values, make: (some) => prepared(host, some, weights) };
}

/** The outputs as the CPU calculates them fastest, and the weights that they have then. */
async function fitted(
  { host, outputs, int8 }: CompileOptions,
  given: WeightSource,
): Promise<{ readonly outputs: Record<string, Tensor>; readonly weights: WeightSource }> {
  const isGiven = (x: Tensor): boolean =>
    x.op.name === "parameter" && x.name !== undefined && given(x.name, x) !== undefined;
  const { outputs: apart, parts } = split(Object.values(outputs), isGiven);
  const isWeight = (x: Tensor): boolean => parts.has(x.name ?? "") || isGiven(x);
  const block = await channelBlock(host);
  let tensors = apart;
  if (int8) tensors = quantized(tensors, int8.ranges, isWeight);
  if (block !== undefined) tensors = blocked(tensors, block, isWeight);
  return {
    outputs: Object.fromEntries(Object.keys(outputs).map((name, i) => [name, tensors[i]!])),
    weights: (key, parameter) => {
      const part = parts.get(key);
      return part ? rowsOf(part, given) : (int8?.kept?.(key) ?? given(key, parameter));
    },
  };
}

/** The data of some rows of a weight. */
function rowsOf({ weight, start, end }: Part, weights: WeightSource): WeightData {
  const whole = weights(weight.name!, weight)!;
  const rows = Number(weight.dim(0));
  if (!("file" in whole)) {
    const width = whole.data.length / rows;
    return { dtype: "f32", data: whole.data.subarray(start * width, end * width) };
  }
  const bytes = whole.length / rows;
  return { ...whole, offset: whole.offset + start * bytes, length: (end - start) * bytes };
}

/** The same weights, their files called as the host's sessions do. */
const named =
  (host: Host, weights: WeightSource, folder = "."): WeightSource =>
  (key, parameter) => {
    const weight = weights(key, parameter);
    return weight && "file" in weight ? { ...weight, file: host.weightFile(`${folder}/${weight.file}`) } : weight;
  };

function checkInputs(given: Readonly<Record<string, NdArray>>, wanted: ReadonlyMap<string, Tensor>): void {
  const symbols = new Map<string, number>();
  for (const [name, tensor] of wanted) {
    const array = given[name];
    if (!array) throw new Error(`the graph needs the input ${describe(tensor)}; got ${Object.keys(given).join(", ")}`);
    const fits = array.shape.length === tensor.rank && array.shape.every((d, i) => bind(symbols, tensor.shape[i]!, d));
    if (!fits || array.dtype !== tensor.dtype) {
      throw new Error(`input ${describe(tensor)}: got ${array.dtype}[${array.shape.join(",")}]`);
    }
  }
}

/** Whether a length fits an axis; the first use of a symbol decides what it stands for. */
function bind(symbols: Map<string, number>, axis: number | string, length: number): boolean {
  if (typeof axis === "number") return axis === length;
  const known = symbols.get(axis) ?? length;
  symbols.set(axis, known);
  return known === length;
}
