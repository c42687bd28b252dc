import { describe, expect, it } from "vitest";
import { foreignParts, neededFiles, variantsOf } from "./needed.ts";

const configs = [
  "model_index.json",
  "generation_config.json",
  "spectrogram.json",
  "lcm.safetensors",
  "scheduler/scheduler_config.json",
  "tokenizer/vocab.json",
  "tokenizer/merges.txt",
  "tokenizer/tokenizer_config.json",
  "text_encoder/config.json",
  "unet/config.json",
  "vae/config.json",
];
const parts = { text_encoder: "model", unet: "diffusion_pytorch_model", vae: "diffusion_pytorch_model" };
const weights = (ending: string): string[] => Object.entries(parts).map(([part, stem]) => `${part}/${stem}${ending}`);
const pickles = [
  "text_encoder/pytorch_model.bin",
  "unet/diffusion_pytorch_model.bin",
  "vae/diffusion_pytorch_model.bin",
];
const useless = [
  "README.md",
  "bear.png",
  "v1-5-pruned.ckpt",
  "v1-5-pruned-emaonly.safetensors",
  "safety_checker/config.json",
  "safety_checker/model.safetensors",
  "feature_extractor/preprocessor_config.json",
  "unet/flax_model.msgpack",
  "unet/model.onnx",
  "unet/openvino_model.bin",
  "unet/diffusion_pytorch_model.non_ema.safetensors",
  "vae/diffusion_flax_model.msgpack",
];
const chosen = (files: readonly string[], variant?: string): string[] => {
  const { files: needed, missing } = neededFiles(files, variant);
  expect(missing).toEqual([]);
  return [...needed].sort();
};

describe("neededFiles", () => {
  it("takes one set of weights: full precision before half, safetensors before pickles", () => {
    const [full, half] = [weights(".safetensors"), weights(".fp16.safetensors")];
    expect(chosen([...configs, ...useless, ...full, ...half, ...pickles])).toEqual([...configs, ...full].sort());
    expect(chosen([...configs, ...useless, ...half, ...pickles])).toEqual([...configs, ...pickles].sort());
    expect(chosen([...configs, ...useless, ...half])).toEqual([...configs, ...half].sort());
  });

  it("takes the variant asked for, and of a part without it the usual weights", () => {
    const [full, half] = [weights(".safetensors"), weights(".fp16.safetensors")];
    expect(chosen([...configs, ...full, ...half], "fp16")).toEqual([...configs, ...half].sort());
    const mixed = [half[1]!, full[0]!, full[2]!];
    expect(chosen([...configs, ...full, half[1]!], "fp16")).toEqual([...configs, ...mixed].sort());
    expect(chosen([...configs, ...useless, ...full], "non_ema")).toContain(
      "unet/diffusion_pytorch_model.non_ema.safetensors",
    );
  });

  it.each([
    ["", "-00001-of-00002", "-00002-of-00002"],
    [".fp16", ".fp16-00001-of-00002", "-00002-of-00002.fp16"],
  ])("takes weights in pieces%s with their index", (variant, first, second) => {
    const stem = "unet/diffusion_pytorch_model";
    const pieces = [first, second].map((piece) => `${stem}${piece}.safetensors`);
    const index = `${stem}.safetensors.index${variant}.json`;
    const others = weights(".safetensors").filter((path) => !path.startsWith("unet"));
    expect(chosen([...configs, ...others, index, ...pieces])).toEqual([...configs, ...others, index, ...pieces].sort());
    expect(neededFiles([...configs, ...others, index, pieces[0]!]).missing).toEqual(["unet/*.safetensors"]);
  });

  it("takes a CLIP with its tokenizer and its preprocessing", () => {
    const clip = ["config.json", "merges.txt", "model.safetensors", "preprocessor_config.json", "vocab.json"];
    const rest = ["README.md", "flax_model.msgpack", "pytorch_model.bin", "tf_model.h5", "tokenizer.json"];
    expect(chosen([...clip, ...rest])).toEqual(clip);
    const inside = clip.map((file) => `clip/${file}`);
    const whole = [...configs, ...weights(".safetensors")];
    expect(chosen([...whole, ...inside])).toEqual([...whole, ...inside].sort());
  });

  it("takes the only checkpoint of a repository without parts", () => {
    expect(chosen(["README.md", "a.safetensors", "images/b.png"])).toEqual(["a.safetensors"]);
    expect(neededFiles(["a.safetensors", "b.ckpt"]).missing).toEqual(["model_index.json"]);
  });

  it("tells what is missing", () => {
    const files = [...configs, ...weights(".safetensors")].filter((path) => !/merges|unet/.test(path));
    expect(neededFiles(files).missing).toEqual(["tokenizer/merges.txt", "unet/config.json", "unet/*.safetensors"]);
    expect(neededFiles([]).missing).toEqual(["model_index.json"]);
  });
});

it("knows variants by their names", () => {
  const names = ["unet/diffusion_pytorch_model.non_ema.bin", "text_encoder/model.fp16-00001-of-00002.safetensors"];
  expect(variantsOf([...useless, ...names, "model.safetensors", "pytorch_model.bin"])).toEqual(["fp16", "non_ema"]);
});

it("knows models of other families by their parts", () => {
  const stable = { _class_name: "StableDiffusionPipeline", unet: ["diffusers", "UNet2DConditionModel"] };
  expect(foreignParts({ ...stable, safety_checker: ["a", "b"], text_encoder_2: [null, null] })).toEqual([]);
  expect(foreignParts({ ...stable, text_encoder_2: ["transformers", "CLIPTextModel"] })).toEqual(["text_encoder_2"]);
});
