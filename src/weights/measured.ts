import { UserError } from "../errors.ts";
import { countAfter } from "./dialects.ts";
import type { Json } from "./files.ts";
import type { Weights } from "./weights.ts";

/**
 * Configs in the manner of diffusers and transformers for weights that come without: sizes are those of the tensors,
 * what they do not tell is as in the published models.
 */
export type Shapes = ReadonlyMap<string, readonly number[]>;

export const shapesOf = (weights: Weights): Shapes =>
  new Map(Array.from(weights.keys(), (key) => [key, weights.find(key)!.shape]));

/** The sizes that tensors tell, and what else the published models of that kind have. */
export interface Measured {
  readonly sizes: Json;
  usual(): Json;
}

/** The length of one axis of a tensor, or a UserError that says that it is not there. */
function measure(shapes: Shapes, file: string, what: string): (key: string, axis: number) => number {
  return (key, axis) => {
    const length = shapes.get(key)?.[axis];
    if (length === undefined || length === 0) throw new UserError(`${file} holds no ${what}: it has no ${key} of use`);
    return length;
  };
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Of a U-Net under our names. */
export function measuredUNet(shapes: Shapes, file: string): Measured {
  const length = measure(shapes, file, "U-Net");
  const levels = numbers(countAfter(shapes.keys(), "down_blocks."));
  const attends = levels.map((i) => shapes.has(`down_blocks.${i}.attentions.0.norm.weight`));
  const channels = levels.map((i) => length(`down_blocks.${i}.resnets.0.conv1.weight`, 0));
  const transformer = `down_blocks.${Math.max(attends.indexOf(true), 0)}.attentions.0`;
  const linear = shapes.get(`${transformer}.proj_in.weight`)?.length === 2;
  return {
    sizes: {
      _class_name: "UNet2DConditionModel",
      block_out_channels: channels,
      cross_attention_dim: length(`${transformer}.transformer_blocks.0.attn2.to_k.weight`, 1),
      down_block_types: attends.map((a) => (a ? "CrossAttnDownBlock2D" : "DownBlock2D")),
      in_channels: length("conv_in.weight", 1),
      layers_per_block: countAfter(shapes.keys(), "down_blocks.0.resnets."),
      out_channels: length("conv_out.weight", 0),
      up_block_types: attends.toReversed().map((a) => (a ? "CrossAttnUpBlock2D" : "UpBlock2D")),
      use_linear_projection: linear,
    },
    usual() {
      if (channels.some((c) => c % (linear ? 64 : 32) !== 0))
        throw new UserError(
          `${file}: how many heads its U-Net has cannot be told from its ${channels} channels; put its config into unet/config.json beside it`,
        );
      return {
        act_fn: "silu",
        attention_head_dim: linear ? channels.map((c) => c / 64) : 8, // misnamed: it holds the number of heads
        center_input_sample: false,
        downsample_padding: 1,
        flip_sin_to_cos: true,
        freq_shift: 0,
        mid_block_scale_factor: 1,
        norm_eps: 1e-5,
        norm_num_groups: 32,
      };
    },
  };
}

/** Of an autoencoder under our names. */
export function measuredAutoencoder(shapes: Shapes, file: string): Measured {
  const length = measure(shapes, file, "autoencoder");
  const levels = numbers(countAfter(shapes.keys(), "encoder.down_blocks."));
  const channels = levels.map((i) => length(`encoder.down_blocks.${i}.resnets.0.conv1.weight`, 0));
  return {
    sizes: {
      _class_name: "AutoencoderKL",
      block_out_channels: channels,
      down_block_types: levels.map(() => "DownEncoderBlock2D"),
      in_channels: length("encoder.conv_in.weight", 1),
      latent_channels: length("decoder.conv_in.weight", 1),
      layers_per_block: countAfter(shapes.keys(), "encoder.down_blocks.0.resnets."),
      out_channels: length("decoder.conv_out.weight", 0),
      up_block_types: levels.map(() => "UpDecoderBlock2D"),
    },
    usual: () => ({ act_fn: "silu", norm_num_groups: 32, sample_size: 512, scaling_factor: 0.18215 }),
  };
}

export type Activation = "quick_gelu" | "gelu";

/** Of CLIP's text tower under our names. */
export function measuredText(shapes: Shapes, file: string, activation: Activation): Measured {
  const length = measure(shapes, file, "CLIP text tower");
  const width = length("text_model.embeddings.token_embedding.weight", 1);
  return {
    sizes: {
      hidden_size: width,
      intermediate_size: length("text_model.encoder.layers.0.mlp.fc1.weight", 0),
      max_position_embeddings: length("text_model.embeddings.position_embedding.weight", 0),
      num_hidden_layers: countAfter(shapes.keys(), "text_model.encoder.layers."),
      vocab_size: length("text_model.embeddings.token_embedding.weight", 0),
    },
    usual: () => ({
      eos_token_id: 2, // for transformers: read the text off at its largest id
      hidden_act: activation,
      layer_norm_eps: 1e-5,
      model_type: "clip_text_model",
      num_attention_heads: heads(width, `${file}: its text tower`),
    }),
  };
}

/** Of a whole CLIP under our names. */
export function measuredClip(shapes: Shapes, file: string, activation: Activation): Measured {
  const length = measure(shapes, file, "CLIP with a vision transformer");
  const text = measuredText(shapes, file, activation);
  const patches = "vision_model.embeddings.patch_embedding.weight";
  const [width, patch] = [length(patches, 0), length(patches, 3)];
  const grid = Math.sqrt(length("vision_model.embeddings.position_embedding.weight", 0) - 1);
  return {
    sizes: {
      projection_dim: length("text_projection.weight", 0),
      text_config: text.sizes,
      vision_config: {
        hidden_size: width,
        image_size: grid * patch,
        intermediate_size: length("vision_model.encoder.layers.0.mlp.fc1.weight", 0),
        num_hidden_layers: countAfter(shapes.keys(), "vision_model.encoder.layers."),
        patch_size: patch,
      },
    },
    usual: () => ({
      architectures: ["CLIPModel"],
      model_type: "clip",
      text_config: text.usual(),
      vision_config: {
        hidden_act: activation,
        layer_norm_eps: 1e-5,
        model_type: "clip_vision_model",
        // Those of open_clip's H, g and G are wider than 64, but no more than of L.
        num_attention_heads: Math.min(16, heads(width, `${file}: its vision tower`)),
      },
    }),
  };
}

/** OpenAI's are 64 wide. */
function heads(width: number, where: string): number {
  if (width % 64 === 0) return width / 64;
  throw new UserError(`${where} is ${width} wide, which its heads cannot be told from; put its config.json beside it`);
}

/** A config that lies beside the weights where it has their sizes; the usual one for those sizes otherwise. */
export const settle = ({ sizes, usual }: Measured, beside: Json | undefined): Json =>
  beside && agree(sizes, beside) ? beside : merged(usual(), sizes);

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether a config says what was measured, or says nothing of it. */
const agree = (sizes: Json, config: Json): boolean =>
  Object.entries(sizes).every(([name, value]) => {
    const said = config[name];
    if (isObject(value)) return said === undefined || (isObject(said) && agree(value, said));
    return said === undefined ? value !== true : JSON.stringify(said) === JSON.stringify(value);
  });

const merged = (a: Json, b: Json): Json => ({
  ...a,
  ...Object.fromEntries(
    Object.entries(b).map(([name, value]) => {
      const other = a[name];
      return [name, isObject(value) && isObject(other) ? merged(other, value) : value];
    }),
  ),
});
