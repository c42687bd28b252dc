import { describe, expect, it } from "vitest";
import pocketRun from "../../../tools/pocket/clip.json" with { type: "json" };
import { UserError } from "../../errors.ts";
import { clipConfigToJson, clipTextConfigToJson, parseClipConfig, parseClipTextConfig } from "./json.ts";

/** stabilityai/stable-diffusion-2-1, text_encoder/config.json. */
const sd21Text = {
  _name_or_path: "hf-models/stable-diffusion-v2-768x768/text_encoder",
  architectures: ["CLIPTextModel"],
  attention_dropout: 0,
  bos_token_id: 0,
  dropout: 0,
  eos_token_id: 2,
  hidden_act: "gelu",
  hidden_size: 1024,
  initializer_factor: 1,
  initializer_range: 0.02,
  intermediate_size: 4096,
  layer_norm_eps: 1e-5,
  max_position_embeddings: 77,
  model_type: "clip_text_model",
  num_attention_heads: 16,
  num_hidden_layers: 23,
  pad_token_id: 1,
  projection_dim: 512,
  torch_dtype: "float32",
  transformers_version: "4.25.0.dev0",
  vocab_size: 49_408,
};

/** What transformers 4.16 wrote into each tower of openai/clip-vit-base-patch32. */
const generation = {
  _name_or_path: "",
  add_cross_attention: false,
  architectures: null,
  bad_words_ids: null,
  chunk_size_feed_forward: 0,
  cross_attention_hidden_size: null,
  decoder_start_token_id: null,
  diversity_penalty: 0,
  do_sample: false,
  early_stopping: false,
  encoder_no_repeat_ngram_size: 0,
  finetuning_task: null,
  forced_bos_token_id: null,
  forced_eos_token_id: null,
  id2label: { "0": "LABEL_0", "1": "LABEL_1" },
  initializer_factor: 1,
  initializer_range: 0.02,
  is_decoder: false,
  is_encoder_decoder: false,
  label2id: { LABEL_0: 0, LABEL_1: 1 },
  length_penalty: 1,
  max_length: 20,
  min_length: 0,
  no_repeat_ngram_size: 0,
  num_beam_groups: 1,
  num_beams: 1,
  num_return_sequences: 1,
  output_attentions: false,
  output_hidden_states: false,
  output_scores: false,
  prefix: null,
  projection_dim: 512,
  problem_type: null,
  pruned_heads: {},
  remove_invalid_values: false,
  repetition_penalty: 1,
  return_dict: true,
  return_dict_in_generate: false,
  sep_token_id: null,
  task_specific_params: null,
  temperature: 1,
  tie_encoder_decoder: false,
  tie_word_embeddings: true,
  tokenizer_class: null,
  top_k: 50,
  top_p: 1,
  torch_dtype: null,
  torchscript: false,
  transformers_version: "4.16.0.dev0",
  use_bfloat16: false,
};

const text = {
  ...generation,
  attention_dropout: 0,
  bos_token_id: 0,
  dropout: 0,
  eos_token_id: 2,
  hidden_act: "quick_gelu",
  hidden_size: 512,
  intermediate_size: 2048,
  layer_norm_eps: 1e-5,
  max_position_embeddings: 77,
  model_type: "clip_text_model",
  num_attention_heads: 8,
  num_hidden_layers: 12,
  pad_token_id: 1,
  vocab_size: 49_408,
};

const vision = {
  ...generation,
  attention_dropout: 0,
  bos_token_id: null,
  dropout: 0,
  eos_token_id: null,
  hidden_act: "quick_gelu",
  hidden_size: 768,
  image_size: 224,
  intermediate_size: 3072,
  layer_norm_eps: 1e-5,
  model_type: "clip_vision_model",
  num_attention_heads: 12,
  num_hidden_layers: 12,
  pad_token_id: null,
  patch_size: 32,
};

/** openai/clip-vit-base-patch32, config.json. */
const vitB32 = {
  _name_or_path: "openai/clip-vit-base-patch32",
  architectures: ["CLIPModel"],
  initializer_factor: 1,
  logit_scale_init_value: 2.6592,
  model_type: "clip",
  projection_dim: 512,
  text_config: text,
  text_config_dict: null,
  transformers_version: null,
  vision_config: vision,
  vision_config_dict: null,
};

const tower = { layers: 12, activation: "quick_gelu" };
const vitB32Config = {
  text: { ...tower, width: 512, heads: 8, mlp: 2048, vocabulary: 49_408, positions: 77, end: "largest" },
  vision: { ...tower, width: 768, heads: 12, mlp: 3072, imageSize: 224, patchSize: 32 },
  projection: 512,
};

describe("parseClipTextConfig", () => {
  it("reads SD 2.1's", () => {
    expect(parseClipTextConfig(sd21Text)).toEqual({
      width: 1024,
      layers: 23,
      heads: 16,
      mlp: 4096,
      activation: "gelu",
      vocabulary: 49_408,
      positions: 77,
      end: "largest",
    });
  });

  it("reads texts off at the end token where the config knows it", () => {
    expect(parseClipTextConfig({ ...sd21Text, eos_token_id: 49_407 }).end).toBe(49_407);
  });

  it.each([
    [{ hidden_act: "relu" }, '"hidden_act" must be "quick_gelu" or "gelu", but is "relu"'],
    [{ model_type: "bert" }, '"model_type" must be "clip_text_model"'],
    [{ num_attention_heads: 12 }, '"num_attention_heads" must divide "hidden_size" (1024), but is 12'],
    [{ eos_token_id: 49_408 }, '"eos_token_id" must be below "vocab_size" (49408), but is 49408'],
    [{ rope_theta: 1 }, 'unknown field "rope_theta"'],
  ])("refuses %o by name", (change, message) => {
    const parse = () => parseClipTextConfig({ ...sd21Text, ...change });
    expect(parse).toThrow(UserError);
    expect(parse).toThrow(`text_encoder/config.json: ${message}`);
  });
});

describe("parseClipConfig", () => {
  it("reads ViT-B/32 as it was published, and as later versions write it", () => {
    expect(parseClipConfig(vitB32)).toEqual(vitB32Config);
    const later = {
      text_config: { model_type: "clip_text_model" },
      vision_config: { model_type: "clip_vision_model" },
    };
    expect(parseClipConfig({ model_type: "clip", projection_dim: 512, ...later })).toEqual(vitB32Config);
  });

  it.each([
    [
      { text_config_dict: { hidden_size: 768 } },
      ': "text_config_dict" must have the same "hidden_size" as "text_config"',
    ],
    [{ vision_config: { ...vision, image_size: 225 } }, ', vision_config: "patch_size" must divide "image_size" (225)'],
    [{ vision_config: { ...vision, num_channels: 4 } }, ', vision_config: "num_channels" must be 3'],
    [{ vision_config: undefined }, ", vision_config: must be a JSON object, but is missing"],
    [{ audio_config: {} }, ': unknown field "audio_config"'],
  ])("refuses %o by name", (change, message) => {
    const parse = () => parseClipConfig({ ...vitB32, ...change });
    expect(parse).toThrow(UserError);
    expect(parse).toThrow(`config.json${message}`);
  });
});

it("writes what it reads", () => {
  const pocket = parseClipConfig(pocketRun.model);
  expect(parseClipConfig(clipConfigToJson(pocket))).toEqual(pocket);
  expect(parseClipTextConfig(clipTextConfigToJson(pocket.text))).toEqual(pocket.text);
  const json = clipTextConfigToJson(parseClipTextConfig(sd21Text));
  expect(sd21Text).toMatchObject(json);
});
