import { type Dim, factors, type Shape, sameShape, staticSize } from "../graph/dim.ts";
import { byteSize, type DType } from "../graph/dtype.ts";
import type { Emitter, OnnxAttribute, Target } from "../graph/op.ts";
import { describe, type Tensor } from "../graph/tensor.ts";
import type { ExternalData, GraphParts } from "./proto.ts";
import { externalTensor, modelBytes, node, rawBytes, tensor, valueInfo } from "./proto.ts";
import type { Prepared, WeightData, WeightSource, WriterOptions } from "./weight-source.ts";
import { preparedName } from "./weight-source.ts";

/** Writes the parts of a model, tensor by tensor. */
export class Writer implements Emitter {
  readonly target: Target;
  readonly inputs = new Map<string, Tensor>();
  readonly constants: Prepared[] = [];
  readonly fed: Prepared[] = [];
  widens = false;
  private readonly weights: WeightSource;
  private readonly options: WriterOptions;
  private readonly parts: GraphParts = { nodes: [], initializers: [], inputs: [], outputs: [] };
  private readonly values = new Map<Tensor, string>();
  /** Inputs and weights by name. Weights of one name are one weight. */
  private readonly sources = new Map<string, Tensor>();
  /** Weights that stay in their files. */
  private readonly inFiles = new Set<string>();
  /** Names of what nodes make. */
  private readonly made = new Set<string>();
  /** Results that are outputs of the graph, under these names. */
  private readonly outputNames = new Map<string, string>();
  private readonly numbers = new Map<string, string>();
  /** A value and an axis that have the length a symbol stands for. */
  private readonly symbols = new Map<string, readonly [value: string, axis: number]>();
  private readonly lengths = new Map<Dim, string>();
  private readonly several = new Map<string, readonly string[]>();
  private count = 0;

  constructor(target: Target, weights: WeightSource, options: WriterOptions) {
    this.target = target;
    this.weights = weights;
    this.options = options;
  }

  add(x: Tensor): void {
    // Weights come when they are used: of some only what is prepared of them is.
    if (x.op.name === "parameter") return;
    const value = x.op.name === "input" ? this.source(x) : x.op.prepare ? this.prepared(x) : this.compute(x);
    this.values.set(x, value);
    x.shape.forEach((d, axis) => {
      if (typeof d === "string" && !this.symbols.has(d)) this.symbols.set(d, [value, axis]);
    });
  }

  private value(x: Tensor): string {
    const known = this.values.get(x) ?? this.source(x);
    this.values.set(x, known);
    return known;
  }

  private compute(x: Tensor): string {
    const table = x.op.name === "embedding" ? this.table(x.inputs[0]!) : undefined;
    if (table)
      return this.widened(this.node("Gather", [table.name, this.value(x.inputs[1]!)], { axis: 0 }), table.weight);
    const inputs = x.inputs.map((i) => this.value(i));
    return typeof x.op.onnx === "string" ? this.node(x.op.onnx, inputs) : x.op.onnx(this, inputs, x, x.attributes);
  }

  /** On the CPU a table in a file stays there: rows are taken from it, and only they are widened. */
  private table(x: Tensor): { readonly name: string; readonly weight: ExternalData } | undefined {
    const { name } = x;
    const { hold } = this.options;
    if (hold || this.target !== "cpu" || x.op.name !== "parameter" || name === undefined || this.values.has(x))
      return undefined;
    const weight = this.weights(name, x);
    return weight && "file" in weight ? { name: this.stored(name, x, weight), weight } : undefined;
  }

  private stored(name: string, x: Tensor, weight: ExternalData): string {
    if (!this.inFiles.has(name))
      this.parts.initializers.push(externalTensor(name, x.shape as readonly number[], weight));
    this.inFiles.add(name);
    this.sources.set(name, x);
    return name;
  }

  private widened(value: string, { dtype }: ExternalData): string {
    if (dtype === "f32") return value;
    this.widens = true;
    return this.node("Cast", [value], { to: 1 });
  }

  private prepared(x: Tensor): string {
    const name = preparedName(x);
    const kept = this.options.kept(x);
    return kept ? this.stored(name, x, kept) : this.held(name, x);
  }

  /** A value whose data will be in memory. */
  private held(name: string, value: Tensor): string {
    if (this.options.leave || this.options.feed(value)) {
      this.fed.push({ name, value });
      this.parts.inputs.push(valueInfo(name, value));
    } else {
      this.constants.push({ name, value });
      const length = staticSize(value.shape) * byteSize[value.dtype];
      const place = { file: name, offset: 0, length, dtype: value.dtype };
      this.parts.initializers.push(externalTensor(name, value.shape as readonly number[], place));
    }
    return name;
  }

  private source(x: Tensor): string {
    const { name } = x;
    if (name === undefined)
      throw new Error(`${describe(x)} has no name: list the model's parameters before compiling it`);
    const weight = x.op.name === "parameter" ? this.weights(name, x) : undefined;
    const known = this.sources.get(name);
    if (known && !(weight && sameShape(known.shape, x.shape)))
      throw new Error(`two inputs or weights of the graph are called ${name}`);
    const value = known && this.values.get(known);
    if (value !== undefined) return value;
    this.sources.set(name, x);
    if (!weight) {
      this.inputs.set(name, x);
      this.parts.inputs.push(valueInfo(name, x));
      return name;
    }
    if (this.options.hold && !this.stays(x, weight)) return this.held(name, x);
    if ("file" in weight) return this.widened(this.stored(name, x, weight), weight);
    const { buffer, byteOffset, byteLength } = weight.data;
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    this.parts.initializers.push(tensor(name, weight.dtype, x.shape as readonly number[], bytes));
    return name;
  }

  private stays(x: Tensor, weight: WeightData): boolean {
    return this.options.leave && x.rank === 2 && "file" in weight && weight.dtype !== "bf16";
  }

  /** Gives a result its name outside: the node that makes it takes that name, or a copy where there is none to take it. */
  output(name: string, x: Tensor): void {
    if (this.sources.has(name)) throw new Error(`an output of the graph is called ${name}, as an input or a weight is`);
    const value = this.value(x);
    if (this.made.has(value) && !this.outputNames.has(value)) this.outputNames.set(value, name);
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
    this.made.add(name);
    return name;
  }

  results(
    type: string,
    inputs: readonly string[],
    count: number,
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): readonly string[] {
    const key = `${type} ${inputs.join(" ")} ${JSON.stringify(attributes)}`;
    const known = this.several.get(key);
    if (known) return known;
    const names = Array.from({ length: count }, () => `${type}_${this.count++}`);
    this.parts.nodes.push({ ...node(type, inputs, names[0]!, attributes, ""), output: names });
    for (const name of names) this.made.add(name);
    this.several.set(key, names);
    return names;
  }

  constant(values: ArrayLike<number>, shape: readonly number[], dtype: DType): string {
    const alike = Array.prototype.every.call(values, (value) => value === values[0]) ? [values[0]] : undefined;
    const listed = values.length <= 64 ? Array.from(values) : alike;
    const key = listed && `${dtype}[${shape.join()}] ${listed.join()}`;
    const known = key && this.numbers.get(key);
    if (known) return known;
    if (values.length !== staticSize(shape))
      throw new Error(`${values.length} values do not fill [${shape.join(",")}]`);
    const name = `constant_${this.count++}`;
    this.parts.initializers.push(tensor(name, dtype, shape, rawBytes(values, dtype)));
    if (key) this.numbers.set(key, name);
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
