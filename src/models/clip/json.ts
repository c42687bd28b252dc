import { Fields, type Json, type Neutral } from "../../fields.ts";
import type { ClipConfig, ClipTextConfig, ClipVisionConfig, TowerConfig } from "./config.ts";

const activations = { quick_gelu: "quick_gelu", gelu: "gelu" } as const;

const neutralTower: Neutral = { attention_dropout: [0], dropout: [0], layer_norm_eps: [1e-5] };
const neutralText: Neutral = { ...neutralTower, model_type: ["clip_text_model"] };
const neutralVision: Neutral = { ...neutralTower, model_type: ["clip_vision_model"], num_channels: [3] };

/** What transformers dumps into every config, much of it for generating text; none of it changes a CLIP. */
const bookkeeping = `
  _attn_implementation_autoset _commit_hash _name_or_path architectures dtype torch_dtype transformers_version
  initializer_factor initializer_range logit_scale_init_value bos_token_id pad_token_id sep_token_id projection_dim
  add_cross_attention bad_words_ids begin_suppress_tokens chunk_size_feed_forward cross_attention_hidden_size
  decoder_start_token_id diversity_penalty do_sample early_stopping encoder_no_repeat_ngram_size
  exponential_decay_length_penalty finetuning_task forced_bos_token_id forced_eos_token_id id2label is_decoder
  is_encoder_decoder label2id length_penalty max_length min_length no_repeat_ngram_size num_beam_groups num_beams
  num_return_sequences output_attentions output_hidden_states output_scores prefix problem_type pruned_heads
  remove_invalid_values repetition_penalty return_dict return_dict_in_generate suppress_tokens task_specific_params
  temperature tf_legacy_loss tie_encoder_decoder tie_word_embeddings tokenizer_class top_k top_p torchscript typical_p
  use_bfloat16 use_cache`
  .trim()
  .split(/\s+/);

/** Fields left out have the values of CLIP ViT-B/32, as in transformers. */
function tower(fields: Fields, widths: { hidden: number; mlp: number; heads: number }): TowerConfig {
  const config: TowerConfig = {
    width: fields.count("hidden_size", widths.hidden),
    layers: fields.count("num_hidden_layers", 12, 256),
    heads: fields.count("num_attention_heads", widths.heads),
    mlp: fields.count("intermediate_size", widths.mlp),
    activation: fields.choice("hidden_act", activations, "quick_gelu"),
  };
  if (config.width % config.heads !== 0)
    fields.fail("num_attention_heads", `must divide "hidden_size" (${config.width})`);
  return config;
}

function text(fields: Fields): ClipTextConfig {
  fields.neutral(neutralText);
  fields.ignore(bookkeeping);
  const end = fields.count("eos_token_id", 2); // 2 was written where no id was known: Radford et al. take the largest
  const config: ClipTextConfig = {
    ...tower(fields, { hidden: 512, mlp: 2048, heads: 8 }),
    vocabulary: fields.count("vocab_size", 49_408),
    positions: fields.count("max_position_embeddings", 77),
    end: end === 2 ? "largest" : end,
  };
  if (end >= config.vocabulary) fields.fail("eos_token_id", `must be below "vocab_size" (${config.vocabulary})`);
  fields.end();
  return config;
}

function vision(fields: Fields): ClipVisionConfig {
  fields.neutral(neutralVision);
  fields.ignore([...bookkeeping, "eos_token_id"]);
  const config: ClipVisionConfig = {
    ...tower(fields, { hidden: 768, mlp: 3072, heads: 12 }),
    imageSize: fields.count("image_size", 224),
    patchSize: fields.count("patch_size", 32),
  };
  if (config.imageSize % config.patchSize !== 0)
    fields.fail("patch_size", `must divide "image_size" (${config.imageSize})`);
  fields.end();
  return config;
}

/** Reads the config.json of a text tower alone (transformers: CLIPTextModel); `where` names it in messages. */
export const parseClipTextConfig = (json: unknown, where = "text_encoder/config.json"): ClipTextConfig =>
  text(new Fields(json, where));

/** A tower's fields. Old files repeat some of them beside it, and must not say otherwise there. */
function part(fields: Fields, name: string): Fields {
  const tower = fields.object(name);
  const values = fields.raw(name) as Json;
  for (const [field, value] of Object.entries(fields.raw(`${name}_dict`) ?? {})) {
    if (values[field] !== value) fields.fail(`${name}_dict`, `must have the same "${field}" as "${name}"`);
  }
  return tower;
}

/** Reads the config.json of both towers (transformers: CLIPModel); `where` names it in messages. */
export function parseClipConfig(json: unknown, where = "config.json"): ClipConfig {
  const fields = new Fields(json, where);
  fields.neutral({ model_type: ["clip"] });
  const projection = fields.count("projection_dim", 512);
  fields.ignore(bookkeeping);
  const config = { text: text(part(fields, "text_config")), vision: vision(part(fields, "vision_config")), projection };
  fields.end();
  return config;
}

const towerToJson = ({ width, layers, heads, mlp, activation }: TowerConfig): Json => ({
  attention_dropout: 0,
  hidden_act: activation,
  hidden_size: width,
  intermediate_size: mlp,
  layer_norm_eps: 1e-5,
  num_attention_heads: heads,
  num_hidden_layers: layers,
});

const textToJson = (config: ClipTextConfig): Json => ({
  ...towerToJson(config),
  eos_token_id: config.end === "largest" ? 2 : config.end,
  max_position_embeddings: config.positions,
  model_type: "clip_text_model",
  vocab_size: config.vocabulary,
});

/** The config.json that transformers loads as CLIPTextModel. */
export const clipTextConfigToJson = (config: ClipTextConfig): Json => ({
  architectures: ["CLIPTextModel"],
  ...textToJson(config),
});

/** The config.json that transformers loads as CLIPModel. */
export const clipConfigToJson = ({ text, vision, projection }: ClipConfig): Json => ({
  architectures: ["CLIPModel"],
  model_type: "clip",
  projection_dim: projection,
  text_config: { ...textToJson(text), projection_dim: projection },
  vision_config: {
    ...towerToJson(vision),
    image_size: vision.imageSize,
    model_type: "clip_vision_model",
    patch_size: vision.patchSize,
    projection_dim: projection,
  },
});
