import { staticSize } from "../graph/dim.ts";
import type { Tensor } from "../graph/tensor.ts";
import { fanIn, lowRankInputs, parameter, withLowRank, zeros } from "../nn/index.ts";
import type { Host } from "../runtime/host.ts";
import { type NdArray, ndarray } from "../runtime/ndarray.ts";
import { writeSafetensors } from "../weights/safetensors.ts";
import { initialWeights } from "./init.ts";
import { stored } from "./model-files.ts";

/** Low-rank branches that learn beside the layers of a model: W x + (α / r) B A x. */
export interface Adaptation {
  /** A and B of each layer, and what they start from: B = 0, which changes nothing. */
  readonly params: ReadonlyMap<string, Tensor>;
  readonly starting: ReadonlyMap<string, NdArray>;
  /** The tensor as the model with its branches gives it. */
  adapt(said: Tensor): Tensor;
  /** Writes what was learned under kohya's names, which all programs read. */
  save(host: Host, file: string, learned: ReadonlyMap<string, NdArray>, precision: "fp32" | "fp16"): Promise<void>;
}

export interface AdaptationOptions {
  readonly rank: number;
  /** The rank without. */
  readonly alpha?: number | undefined;
  readonly seed: number;
  /** Parameters of the model's parts, by the names that kohya has for the parts. */
  readonly parts: Readonly<Partial<Record<"unet" | "te", ReadonlyMap<string, Tensor>>>>;
  /** Whether the layer of this path gets a branch. */
  chosen(module: string): boolean;
}

/** Hu et al. 2022, "LoRA", of linear layers and convolutions. */
export function lowRankAdaptation({ rank, alpha = rank, seed, parts, chosen }: AdaptationOptions): Adaptation {
  const params = new Map<string, Tensor>();
  const modules = new Map<string, "unet" | "te">();
  for (const [part, parameters] of Object.entries(parts) as ["unet" | "te", ReadonlyMap<string, Tensor>][])
    for (const [key, { rank: axes, shape }] of parameters) {
      const module = key.replace(/\.weight$/, "");
      const multiplies = module !== key && axes > 1 && !module.endsWith("_embedding");
      if (!multiplies || !chosen(module)) continue;
      modules.set(module, part);
      const [out, ...into] = shape as readonly number[];
      const [down, up] = lowRankInputs(module);
      params.set(down, named(parameter([rank, ...into], fanIn(staticSize(into))), down));
      params.set(up, named(parameter([out!, rank, ...into.slice(1).map(() => 1)], zeros), up));
    }
  const pair = (module: string): [Tensor, Tensor] => {
    const [down, up] = lowRankInputs(module);
    return [params.get(down)!, params.get(up)!.mul(alpha / rank)];
  };
  return {
    params,
    starting: initialWeights(params, seed),
    adapt: (said) => withLowRank([said], new Set(modules.keys()), pair)[0]!,
    async save(host, file, learned, precision) {
      const tensors = new Map<string, NdArray>();
      for (const [module, part] of modules) {
        const [down, up] = lowRankInputs(module);
        const name = `lora_${part}_${module.replaceAll(".", "_")}`;
        tensors.set(`${name}.lora_down.weight`, learned.get(down)!);
        tensors.set(`${name}.lora_up.weight`, learned.get(up)!);
        tensors.set(`${name}.alpha`, ndarray(Float32Array.of(alpha), []));
      }
      await writeSafetensors(host, file, stored(tensors, precision), {
        ss_network_module: "networks.lora",
        ss_network_dim: String(rank),
        ss_network_alpha: String(alpha),
      });
    },
  };
}

function named(tensor: Tensor, name: string): Tensor {
  tensor.name = name;
  return tensor;
}
