import { staticSize } from "../graph/dim.ts";
import type { Tensor } from "../graph/tensor.ts";
import { fanIn, lowRankInputs, parameter, withLowRank, zeros } from "../nn/index.ts";
import type { Host } from "../runtime/host.ts";
import { type NdArray, ndarray } from "../runtime/ndarray.ts";
import { writeSafetensors } from "../weights/safetensors.ts";
import type { LoraConfig } from "./config.ts";
import { denoisingTraining } from "./denoising.ts";
import { initialWeights } from "./init.ts";
import type { Surroundings, Training } from "./loop.ts";
import { stored } from "./model-files.ts";
import { tokenizeWith } from "./tokens.ts";
import { openWholeModel } from "./whole-model.ts";

/** Attention's projections under the names of diffusers and transformers. */
const projection = /\.(to_q|to_k|to_v|to_out\.0|q_proj|k_proj|v_proj|out_proj)$/;

/**
 * Low-rank adaptation of a denoiser: Hu et al. 2022. Beside layers of a model that stays as it is, W x + (α / r) B A x is
 * learned, from B = 0 on.
 */
export async function loraTraining(config: LoraConfig, surroundings: Surroundings): Promise<Training> {
  const { rank, alpha = rank, layers, text: withText } = config;
  const { host } = surroundings;
  const model = await openWholeModel(host, config.model);
  const { unet, text, tokenizer, ...parts } = model;
  const chosen = (parameters: ReadonlyMap<string, Tensor>): string[] =>
    [...parameters].flatMap(([key, param]) => {
      const module = key.replace(/\.weight$/, "");
      const multiplies = module !== key && param.rank > 1 && !module.endsWith("_embedding");
      return multiplies && (layers === "all" || projection.test(module)) ? [module] : [];
    });
  const inUnet = chosen(unet.parameters);
  const inText = withText ? chosen(text.parameters) : [];
  const shapes = new Map([...unet.parameters, ...text.parameters]);
  const params = new Map<string, Tensor>();
  for (const module of [...inUnet, ...inText]) {
    const [out, ...into] = shapes.get(`${module}.weight`)!.shape as readonly number[];
    const [down, up] = lowRankInputs(module);
    params.set(down, named(parameter([rank, ...into], fanIn(staticSize(into))), down));
    params.set(up, named(parameter([out!, rank, ...into.slice(1).map(() => 1)], zeros), up));
  }
  const modules = new Set([...inUnet, ...inText]);
  const pair = (module: string): [Tensor, Tensor] => {
    const [down, up] = lowRankInputs(module);
    return [params.get(down)!, params.get(up)!.mul(alpha / rank)];
  };
  return denoisingTraining(
    config,
    {
      ...parts,
      unet,
      text,
      tokenize: tokenizeWith(tokenizer),
      params,
      starting: initialWeights(params, config.seed),
      said(latents, timesteps, ids) {
        const plain = unet.forward(latents, timesteps, text.forward(ids).hidden);
        return withLowRank([plain], modules, pair)[0]!;
      },
      save: (learned) => writeLora(host, config, learned, { unet: inUnet, te: inText }, alpha),
    },
    surroundings,
  );
}

function named(tensor: Tensor, name: string): Tensor {
  tensor.name = name;
  return tensor;
}

/** Writes `lora.safetensors` under kohya's names, which all programs read. */
async function writeLora(
  host: Host,
  { out, precision, rank }: LoraConfig,
  learned: ReadonlyMap<string, NdArray>,
  parts: Readonly<Record<"unet" | "te", readonly string[]>>,
  alpha: number,
): Promise<void> {
  const tensors = new Map<string, NdArray>();
  for (const [part, modules] of Object.entries(parts))
    for (const module of modules) {
      const [down, up] = lowRankInputs(module);
      const name = `lora_${part}_${module.replaceAll(".", "_")}`;
      tensors.set(`${name}.lora_down.weight`, learned.get(down)!);
      tensors.set(`${name}.lora_up.weight`, learned.get(up)!);
      tensors.set(`${name}.alpha`, ndarray(Float32Array.of(alpha), []));
    }
  await writeSafetensors(host, `${out}/lora.safetensors`, stored(tensors, precision), {
    ss_network_module: "networks.lora",
    ss_network_dim: String(rank),
    ss_network_alpha: String(alpha),
  });
}
