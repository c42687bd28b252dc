import { UserError } from "../errors.ts";
import type { Host } from "../runtime/host.ts";
import { splitPath } from "./files.ts";
import { Weights } from "./weights.ts";

/** Beside a model's index: the LoRA with which it draws in few steps. */
export const fewStepsFile = "lcm.safetensors";

/** The part of a model that a module is in, by its folder. */
export type LoraPart = "unet" | "text_encoder";

/** The change of one module: ΔW = factor · up · down. */
export interface LowRank {
  readonly rank: number;
  /** (rank in …), row-major. */
  readonly down: Float32Array;
  /** (out rank). */
  readonly up: Float32Array;
  readonly factor: number;
}

export type Lora = Readonly<Record<LoraPart, ReadonlyMap<string, LowRank>>>;

/** Shapes of a model's weights by their keys, for each part. */
export type LoraTarget = Readonly<Record<LoraPart, ReadonlyMap<string, readonly (number | string)[]>>>;

type Role = "down" | "up" | "alpha";

interface Named {
  readonly part: LoraPart;
  /** With underscores for points, as kohya's files have it. */
  readonly module: string;
  readonly role: Role;
}

const roles: Readonly<Record<string, Role>> = {
  "lora_down.weight": "down",
  "lora_up.weight": "up",
  "lora.down.weight": "down",
  "lora.up.weight": "up",
  "lora_linear_layer.down.weight": "down",
  "lora_linear_layer.up.weight": "up",
  "lora_A.weight": "down",
  "lora_B.weight": "up",
  "lora_A.default.weight": "down",
  "lora_B.default.weight": "up",
  alpha: "alpha",
};
const ending = new RegExp(
  `\\.(${Object.keys(roles)
    .map((role) => role.replaceAll(".", "\\."))
    .join("|")})$`,
);

/** `attn1.processor.to_q_lora.down.weight`, as diffusers' attention processors have it. */
const processor = /(?:\.processor)?\.(to_q|to_k|to_v|to_out)_lora\.(down|up)\.weight$/;

/** What the attention's layers are called in CLIP. */
const inClip: Readonly<Record<string, string>> = { to_q: "q_proj", to_k: "k_proj", to_v: "v_proj", to_out: "out_proj" };

/** Reads a tensor's name: kohya's, diffusers' of all times, PEFT's. Without a prefix it is the U-Net's or CLIP's own. */
function read(name: string): Named | undefined {
  const own = name.replace(/^base_model\.model\./, "");
  const [, prefix, path = ""] = /^(lora_unet_|lora_te_|unet\.|text_encoder\.)?(.*)$/s.exec(own)!;
  const inText = prefix ? /^(lora_te_|text_encoder\.)$/.test(prefix) : path.startsWith("text_model.");
  const part = inText ? "text_encoder" : "unet";
  const attention = processor.exec(path);
  if (attention) {
    const [end, layer, role] = attention as unknown as [string, string, Role];
    const module = `${path.slice(0, -end.length)}.${inText ? inClip[layer] : layer === "to_out" ? "to_out.0" : layer}`;
    return { part, module: underscored(module), role };
  }
  const [end, role] = ending.exec(path) ?? [];
  return end ? { part, module: underscored(path.slice(0, -end.length)), role: roles[role!]! } : undefined;
}

const underscored = (path: string): string => path.replaceAll(".", "_");

/**
 * Reads a LoRA for a model. Points and underscores in the names of its modules are not told apart, as kohya's files have
 * only the latter: the model's own names decide. Throws a UserError where it is none, or one of another model.
 */
export async function readLora(host: Pick<Host, "open">, file: string, model: LoraTarget): Promise<Lora> {
  const [folder, name] = splitPath(file);
  const weights = await Weights.open(host, folder, [name]);
  const modules = { unet: modulesOf(model.unet), text_encoder: modulesOf(model.text_encoder) };
  const found = new Map<
    string,
    { readonly part: LoraPart; readonly module: string; keys: Partial<Record<Role, string>> }
  >();
  for (const key of weights.keys()) {
    const named = read(key);
    if (!named) throw new UserError(`${file}: ${key} is not of a LoRA; only LoRA and LoCon are read`);
    const module = modules[named.part].get(named.module);
    if (module === undefined)
      throw new UserError(`${file} changes ${key}, which this model has not: it is of another model`);
    const id = `${named.part} ${module}`;
    const entry = found.get(id) ?? { part: named.part, module, keys: {} };
    const twice = entry.keys[named.role];
    if (twice !== undefined) throw new UserError(`${file} has both ${twice} and ${key} for one half of ${module}`);
    entry.keys[named.role] = key;
    found.set(id, entry);
  }
  if (found.size === 0) throw new UserError(`${file} holds no LoRA`);
  const lora = { unet: new Map<string, LowRank>(), text_encoder: new Map<string, LowRank>() };
  for (const { part, module, keys } of found.values())
    lora[part].set(module, await lowRank(weights, file, module, keys, model[part].get(`${module}.weight`)!));
  return lora;
}

/** A part's modules that multiply with a matrix or a kernel, by their names with underscores. */
const modulesOf = (shapes: ReadonlyMap<string, readonly unknown[]>): Map<string, string> =>
  new Map(
    [...shapes].flatMap(([key, shape]) => {
      const module = key.replace(/\.weight$/, "");
      const multiplies = module !== key && shape.length > 1 && !module.endsWith("_embedding");
      return multiplies ? [[underscored(module), module] as const] : [];
    }),
  );

async function lowRank(
  weights: Weights,
  file: string,
  module: string,
  { down, up, alpha }: Partial<Record<Role, string>>,
  shape: readonly (number | string)[],
): Promise<LowRank> {
  if (down === undefined || up === undefined) throw new UserError(`${file} has but one half of what changes ${module}`);
  const [a, b] = [weights.find(down)!.shape, weights.find(up)!.shape];
  const rank = a[0] ?? 0;
  const [out, ...into] = shape as readonly number[];
  const size = (lengths: readonly number[]): number => lengths.reduce((product, length) => product * length, 1);
  const fits = rank > 0 && size(a) === rank * size(into) && size(b) === rank * out! && b[0] === out && a[1] === into[0];
  if (!fits)
    throw new UserError(
      `${file}: ${down} [${a}] and ${up} [${b}] do not fit a weight [${shape}]: it is of another model`,
    );
  const [strength = rank] = alpha === undefined ? [] : await weights.read(alpha);
  return { rank, down: await weights.read(down), up: await weights.read(up), factor: strength / rank };
}
