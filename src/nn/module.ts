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

/** PyTorch's default for Linear and Conv: uniform in ±1/√fanIn. */
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

const snake = (field: string): string => field.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

/**
 * All parameters below a module by checkpoint key, in the order of declaration; names the tensors by the way.
 * A field whose checkpoint key is not its own name in snake_case is listed in the class's static `keys`.
 */
export function parameters(module: object, prefix = ""): Map<string, Tensor> {
  const found = new Map<string, Tensor>();
  const keys = (module.constructor as { keys?: Readonly<Record<string, string>> }).keys;
  const visit = (value: unknown, path: string): void => {
    if (isParameter(value)) {
      value.name = path;
      found.set(path, value);
    } else if (Array.isArray(value)) {
      value.forEach((v, i) => visit(v, `${path}.${i}`));
    } else if (value instanceof Module) {
      for (const [key, tensor] of parameters(value, path)) found.set(key, tensor);
    }
  };
  for (const [field, value] of Object.entries(module)) {
    if (field === "config") continue;
    const key = keys?.[field] ?? snake(field);
    visit(value, prefix ? `${prefix}.${key}` : key);
  }
  return found;
}

function isParameter(value: unknown): value is Tensor {
  return typeof value === "object" && value !== null && (value as Partial<Tensor>).op?.name === "parameter";
}

/** Stands where a checkpoint's list has an entry without weights (an activation, a dropout). */
export const identity = (x: Tensor): Tensor => x;
