import { type Dim, factors, type Shape, sameShape, staticSize } from "../graph/dim.ts";
import type { DType } from "../graph/dtype.ts";
import type { Emitter, OnnxAttribute, Target } from "../graph/op.ts";
import { topological } from "../graph/order.ts";
import { simplify } from "../graph/simplify.ts";
import { describe, type Tensor } from "../graph/tensor.ts";
import {
  type ExternalData,
  externalTensor,
  type GraphParts,
  modelBytes,
  node,
  rawBytes,
  tensor,
  valueInfo,
} from "./proto.ts";

/** A weight's data: bytes in a file, or an array in memory. Absent: the weight becomes an input of the graph. */
export type WeightData = ExternalData | { readonly dtype: DType; readonly data: ArrayBufferView };
export type WeightSource = (key: string, parameter: Tensor) => WeightData | undefined;

export interface Emitted {
  readonly bytes: Uint8Array;
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly outputs: ReadonlyMap<string, Tensor>;
}

/** Writes a graph as an ONNX model whose weights stay where they are. */
export function emit(
  outputs: Readonly<Record<string, Tensor>>,
  target: Target,
  weights: WeightSource = () => undefined,
): Emitted {
  const names = Object.keys(outputs);
  const simple = simplify(Object.values(outputs));
  const writer = new Writer(target, weights);
  const order = topological(simple);
  // Inputs first: what is expanded to an axis that only they have may come before them.
  for (const x of order) if (x.op.name === "input") writer.add(x);
  for (const x of order) if (x.op.name !== "input") writer.add(x);
  names.forEach((name, i) => {
    writer.output(name, simple[i]!);
  });
  return { bytes: writer.bytes(), inputs: writer.inputs, outputs: new Map(names.map((name, i) => [name, simple[i]!])) };
}

class Writer implements Emitter {
  readonly target: Target;
  readonly inputs = new Map<string, Tensor>();
  private readonly weights: WeightSource;
  private readonly parts: GraphParts = { nodes: [], initializers: [], inputs: [], outputs: [] };
  private readonly values = new Map<Tensor, string>();
  /** Inputs and weights by name. Weights of one name are one weight. */
  private readonly sources = new Map<string, Tensor>();
  /** Names of what nodes make. */
  private readonly results = new Set<string>();
  /** Results that are outputs of the graph, under these names. */
  private readonly outputNames = new Map<string, string>();
  private readonly constants = new Map<string, string>();
  /** A value and an axis that have the length a symbol stands for. */
  private readonly symbols = new Map<string, readonly [value: string, axis: number]>();
  private readonly lengths = new Map<Dim, string>();
  private count = 0;

  constructor(target: Target, weights: WeightSource) {
    this.target = target;
    this.weights = weights;
  }

  add(x: Tensor): void {
    const value = x.op.name === "input" || x.op.name === "parameter" ? this.source(x) : this.compute(x);
    this.values.set(x, value);
    x.shape.forEach((d, axis) => {
      if (typeof d === "string" && !this.symbols.has(d)) this.symbols.set(d, [value, axis]);
    });
  }

  private compute(x: Tensor): string {
    const inputs = x.inputs.map((i) => this.values.get(i)!);
    return typeof x.op.onnx === "string" ? this.node(x.op.onnx, inputs) : x.op.onnx(this, inputs, x, x.attributes);
  }

  private source(x: Tensor): string {
    const { name } = x;
    if (name === undefined)
      throw new Error(`${describe(x)} has no name: list the model's parameters before compiling it`);
    const weight = x.op.name === "parameter" ? this.weights(name, x) : undefined;
    const known = this.sources.get(name);
    if (known && weight && sameShape(known.shape, x.shape)) return this.values.get(known)!;
    if (known) throw new Error(`two inputs or weights of the graph are called ${name}`);
    this.sources.set(name, x);
    if (!weight) {
      this.inputs.set(name, x);
      this.parts.inputs.push(valueInfo(name, x));
      return name;
    }
    const shape = x.shape as readonly number[];
    if ("file" in weight) {
      this.parts.initializers.push(externalTensor(name, shape, weight));
    } else {
      const { buffer, byteOffset, byteLength } = weight.data;
      this.parts.initializers.push(tensor(name, weight.dtype, shape, new Uint8Array(buffer, byteOffset, byteLength)));
    }
    return weight.dtype === "f32" ? name : this.node("Cast", [name], { to: 1 });
  }

  /** Gives a result its name outside: the node that makes it takes that name, or a copy where there is none to take it. */
  output(name: string, x: Tensor): void {
    if (this.sources.has(name)) throw new Error(`an output of the graph is called ${name}, as an input or a weight is`);
    const value = this.values.get(x)!;
    if (this.results.has(value) && !this.outputNames.has(value)) this.outputNames.set(value, name);
    else this.parts.nodes.push(node("Identity", [value], name, {}, ""));
    this.parts.outputs.push(valueInfo(name, x));
  }

  bytes(): Uint8Array {
    const named = (values: readonly string[]): string[] => values.map((value) => this.outputNames.get(value) ?? value);
    const nodes = this.parts.nodes.map((n) => ({ ...n, input: named(n.input!), output: named(n.output!) }));
    return modelBytes({ ...this.parts, nodes });
  }

  node(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    domain = "",
  ): string {
    const name = `${type}_${this.count++}`;
    this.parts.nodes.push(node(type, inputs, name, attributes, domain));
    this.results.add(name);
    return name;
  }

  constant(values: ArrayLike<number>, shape: readonly number[], dtype: DType): string {
    const key = values.length <= 64 ? `${dtype}[${shape.join()}] ${Array.from(values).join()}` : undefined;
    const known = key && this.constants.get(key);
    if (known) return known;
    if (values.length !== staticSize(shape))
      throw new Error(`${values.length} values do not fill [${shape.join(",")}]`);
    const name = `constant_${this.count++}`;
    this.parts.initializers.push(tensor(name, dtype, shape, rawBytes(values, dtype)));
    if (key) this.constants.set(key, name);
    return name;
  }

  ints(values: readonly number[]): string {
    return this.constant(values, [values.length], "i64");
  }

  floats(values: readonly number[]): string {
    return this.constant(values, [values.length], "f32");
  }

  scalar(value: number, dtype: DType = "f32"): string {
    return this.constant([value], [], dtype);
  }

  shape(shape: Shape): string {
    if (shape.every((d) => typeof d === "number")) return this.ints(shape);
    const parts = shape.map((d) => this.length(d));
    return parts.length === 1 ? parts[0]! : this.node("Concat", parts, { axis: 0 });
  }

  reshape(value: string, from: Shape, to: Shape): string {
    const unknown = to.filter((d) => typeof d === "string").length;
    // In ONNX, 0 copies the axis at the same place and -1 is what remains.
    const copied = to.map((d, i) => (typeof d === "string" && d === from[i] ? 0 : d));
    const open = copied.filter((d) => typeof d === "string").length;
    const spec = unknown <= 1 ? to : copied;
    const target =
      unknown <= 1 || open <= 1 ? this.ints(spec.map((d) => (typeof d === "string" ? -1 : d))) : this.shape(to);
    return this.node("Reshape", [value, target]);
  }

  /** A one-element i64 vector with an axis's length. */
  private length(dim: Dim): string {
    if (typeof dim === "number") return this.ints([dim]);
    const known = this.lengths.get(dim);
    if (known) return known;
    const value = this.measure(dim);
    this.lengths.set(dim, value);
    return value;
  }

  private measure(dim: string): string {
    const at = this.symbols.get(dim);
    if (at) return this.node("Shape", [at[0]], { start: at[1], end: at[1] + 1 });
    const { scale, atoms } = factors(dim);
    if (atoms.length + Number(scale !== 1) < 2) throw new Error(`no tensor of the graph has an axis of length ${dim}`);
    const [first, ...rest] = [...(scale === 1 ? [] : [this.ints([scale])]), ...atoms.map((a) => this.length(a))];
    return rest.reduce((a, b) => this.node("Mul", [a, b]), first!);
  }
}
