import type { Target } from "../graph/op.ts";
import { describe, type Tensor } from "../graph/tensor.ts";
import { emit, type WeightSource } from "../onnx/emit.ts";
import type { Host } from "./host.ts";
import type { NdArray } from "./ndarray.ts";

export interface CompileOptions {
  readonly host: Host;
  /** What to compute, by name. Inputs are found by walking the graph. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Data of the parameters; those without become inputs. */
  readonly weights?: WeightSource;
  /** Folder in which external weight files are named. */
  readonly weightFolder?: string;
  readonly device?: Target;
  readonly threads?: number;
  /** See `SessionOptions`. */
  readonly quick?: boolean;
  readonly patient?: boolean;
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

/** Simplifies a graph, writes it for the device and opens a session on it. */
export async function compile(options: CompileOptions): Promise<Compiled> {
  const { host, outputs, weights, weightFolder, device = "cpu", threads, quick, patient } = options;
  const model = emit(outputs, device, weights && named(host, weights, weightFolder));
  const session = await host.session(model.bytes, {
    device,
    ...(threads !== undefined && { threads }),
    ...(weightFolder !== undefined && { weightFolder }),
    ...(quick !== undefined && { quick }),
    ...(patient !== undefined && { patient }),
  });
  return {
    run: (inputs, given) => {
      checkInputs(inputs, model.inputs);
      return session.run(inputs, given);
    },
    close: () => session.close(),
  };
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
