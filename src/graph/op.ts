import type { Shape } from "./dim.ts";
import type { DType } from "./dtype.ts";
import type { Tensor } from "./tensor.ts";

export interface TensorType {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Where a graph is to run; ops choose their fused forms by it. */
export type Target = "cpu" | "webgpu" | "cuda" | "wasm";

export type OnnxAttribute = number | string | boolean | readonly number[] | { readonly float: number };

/** What an op's ONNX form may use: names of values go in and out. Implemented by `onnx/`. */
export interface Emitter {
  readonly target: Target;
  /** Appends a node with one result and returns the result's name. An empty name in `inputs` leaves that input out. */
  node(
    type: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
    domain?: string,
  ): string;
  /** An i64 vector. */
  ints(values: readonly number[]): string;
  /** An f32 vector. */
  floats(values: readonly number[]): string;
  /** A scalar (rank 0) of the given type. */
  scalar(value: number, dtype?: DType): string;
  constant(values: ArrayLike<number>, shape: readonly number[], dtype: DType): string;
  /** An i64 vector holding a shape, its symbolic axes resolved when the graph runs. */
  shape(shape: Shape): string;
  /** The results of a node with several, which is written once however often it is asked for. */
  results(
    type: string,
    inputs: readonly string[],
    count: number,
    attributes?: Readonly<Record<string, OnnxAttribute>>,
  ): readonly string[];
  /** Reshapes, using 0 / -1 or a computed shape as needed. */
  reshape(value: string, from: Shape, to: Shape): string;
}

/** What is prepared of weights. */
export type PreparedNumbers = Float32Array | Int8Array;

/** All that is known of an op: how shapes follow, how gradients flow back, and how it is said in ONNX. */
export interface Op<A = unknown> {
  readonly name: string;
  infer(inputs: readonly Tensor[], attributes: A): TensorType;
  /** Gradients for the inputs, `undefined` where none flows. Absent: the op is not differentiable and stops gradients. */
  grad?(dy: Tensor, y: Tensor, inputs: readonly Tensor[], attributes: A): readonly (Tensor | undefined)[];
  onnx: string | ((emit: Emitter, inputs: readonly string[], y: Tensor, attributes: A) => string);
  /** Fills in the result where all inputs are weights, row-major in their shapes: done once, before the graph runs. */
  prepare?(
    weights: readonly Float32Array[],
    shapes: readonly (readonly number[])[],
    attributes: A,
    into: PreparedNumbers,
  ): void;
  /** So many rows of all weights, or a multiple, give as many of the prepared result; absent: all are needed at once. */
  readonly rows?: number;
  /**
   * Whether a prepared result must be a constant of the graph, for the engine to pack it into a form of its own. It takes a
   * fraction of its weight's bytes and is worth a file.
   */
  readonly packed?: boolean;
}

const registry = new Map<string, Op<never>>();

/** Defines an op and makes it known under its name, so that `Tensor`'s methods can reach it. */
export function defineOp<A = void>(name: string, facts: Omit<Op<A>, "name">): Op<A> {
  const op: Op<A> = { name, ...facts };
  registry.set(name, op as Op<never>);
  return op;
}

export function opNamed(name: string): Op {
  const op = registry.get(name);
  if (!op) throw new Error(`no op is called "${name}"`);
  return op as Op;
}

/** Names of all ops there are. */
export const opNames = (): string[] => [...registry.keys()];
