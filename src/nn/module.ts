import type { Shape } from "../graph/dim.ts";
import { apply, type Tensor } from "../graph/tensor.ts";

/** How a parameter starts when a model is trained from scratch. */
export type Init =
  | { readonly kind: "zeros" }
  | { readonly kind: "ones" }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "normal"; readonly std: number }
  | { readonly kind: "uniform"; readonly bound: number };

/** A symbol for a weight: its name is found when the module tree is walked, its data joins when a graph is compiled. */
export function parameter(shape: Shape, init: Init): Tensor {
  return apply("parameter", [], { shape, dtype: "f32", init });
}

export const zeros: Init = { kind: "zeros" };
export const ones: Init = { kind: "ones" };
export const normal = (std: number): Init => ({ kind: "normal", std });

/** PyTorch's default for Linear and Conv: uniform in ±1/√size, for weight and bias alike. */
export const fanIn = (size: number): Init => ({ kind: "uniform", bound: 1 / Math.sqrt(size) });

/**
 * A part of a model: its fields are parameters, modules and lists of modules, declared in the order of the paper's
 * figure. The path of fields, in snake_case, is the checkpoint's key.
 */
export abstract class Module<Config = void> {
  readonly config: Config;

  constructor(config: Config) {
    this.config = config;
  }
}

/** Stands where a checkpoint's list has an entry without weights (an activation, a dropout). */
export const identity = (x: Tensor): Tensor => x;

/**
 * All parameters below a module by checkpoint key, in the order of declaration. The first walk also names the tensors,
 * so that messages and weights find them; whole models walk themselves when they are built.
 * A field whose key is not its own name in snake_case is listed in the class's static `keys`.
 */
export function parameters(module: Module<unknown>, prefix = ""): Map<string, Tensor> {
  const found = new Map<string, Tensor>();
  collect(module, prefix, found);
  return found;
}

function collect(value: unknown, path: string, found: Map<string, Tensor>): void {
  if (isParameter(value)) {
    if (found.has(path)) throw new Error(`two parameters have the key "${path}"`);
    value.name ??= path;
    found.set(path, value);
  } else if (Array.isArray(value)) {
    for (const [i, entry] of value.entries()) collect(entry, `${path}.${i}`, found);
  } else if (value instanceof Module) {
    const { keys } = value.constructor as { keys?: Readonly<Record<string, string>> };
    for (const [field, part] of Object.entries(value)) {
      const key = keys?.[field] ?? snakeCase(field);
      if (field !== "config") collect(part, path ? `${path}.${key}` : key, found);
    }
  }
}

const snakeCase = (field: string): string => field.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

const isParameter = (value: unknown): value is Tensor =>
  typeof value === "object" && value !== null && (value as Partial<Tensor>).op?.name === "parameter";
