import { beforeAll, describe, expect, it } from "vitest";
import { testHost } from "../../tests/support/test-host.ts";
import { tinyAutoencoder } from "../../tests/support/tiny-autoencoder.ts";
import { tinyUNet } from "../../tests/support/tiny-unet.ts";
import { Clip, clipConfigToJson, parseClipConfig } from "../models/clip/index.ts";
import { parseUNetConfig } from "../models/unet/index.ts";
import { Autoencoder, autoencoderConfigToJson, parseAutoencoderConfig } from "../models/vae/index.ts";
import { normal } from "../random/philox.ts";
import { ndarray } from "../runtime/ndarray.ts";
import { openModelDirectory } from "../weights/model-directory.ts";
import { initialWeights } from "./init.ts";
import { type Surroundings, train } from "./loop.ts";
import { writeModel } from "./model-files.ts";
import { openTraining } from "./open.ts";

const tokenizer = {
  "vocab.json": JSON.stringify({ "a</w>": 0, "b</w>": 1, "<|startoftext|>": 2, "<|endoftext|>": 3 }),
  "merges.txt": "#version: 0.2\n",
  "tokenizer_config.json": JSON.stringify({ model_max_length: 4 }),
};

const tower = { hidden_size: 8, intermediate_size: 8, num_attention_heads: 2, num_hidden_layers: 1 };
const clipJson = {
  model_type: "clip",
  projection_dim: 6,
  text_config: { ...tower, vocab_size: 4, max_position_embeddings: 4, eos_token_id: 3 },
  vision_config: { ...tower, image_size: 16, patch_size: 8 },
};

const data = { kind: "folder", folder: "pictures", size: 16 };
const common = { data, steps: 4, lr: 1e-2, seed: 3 };

/** Made-up pictures of which those captioned "a" are dark and those captioned "b" bright. */
const openData: Surroundings["openData"] = ({ size }, { batch, seed, tokenize }) => ({
  async batch(index) {
    const captions = Array.from({ length: batch }, (_, i) => (i % 2 === 0 ? "a" : "b"));
    const noise = normal(seed, index, batch * 3 * size * size);
    const each = noise.length / batch;
    const pixels = noise.map((x, i) => x / 10 + (Math.floor(i / each) % 2 === 0 ? -0.5 : 0.5));
    return { pixels: ndarray(pixels, [batch, 3, size, size]), ...(tokenize && { ids: tokenize(captions) }) };
  },
  close: async () => {},
});

type TestHost = ReturnType<typeof testHost>;

/** Runs a training to its end, or until `stopAt` steps are made. */
async function run(host: TestHost, kind: "clip" | "diffusion", config: object, resume = false, stopAt = 1e9) {
  const { training, ...opened } = await openTraining(kind, JSON.stringify({ ...common, ...config }), "config.json", {
    host,
    openData,
  });
  const stop = new AbortController();
  const seen = [];
  for await (const progress of train(training, { ...opened, host, resume, signal: stop.signal })) {
    seen.push(progress);
    if (progress.stage === "training" && progress.step >= stopAt) stop.abort();
  }
  await training.close();
  return seen;
}

const withTokenizer = (): TestHost =>
  testHost(Object.fromEntries(Object.entries(tokenizer).map(([name, text]) => [`tokenizer/${name}`, text])));

describe("training CLIP", () => {
  it("tells dark from bright, and leaves a model, a trunk and a tokenizer", async () => {
    const host = withTokenizer();
    const config = { model: clipJson, tokenizer: "tokenizer", batch: 2, steps: 30, out: "clip", trunk: [8, 8] };
    const seen = await run(host, "clip", config);
    expect(seen.at(-1)!.loss).toBeLessThan(seen[0]!.loss! / 2);
    expect(seen.at(-1)!.metrics.trunk).toBeLessThan(seen[0]!.metrics.trunk! / 2);
    const saved = await openModelDirectory(host, "clip");
    expect(parseClipConfig(await saved.json("config.json")).projection).toBe(6);
    const shapes = new Clip(parseClipConfig(clipJson)).parameters;
    (await saved.weights("")).check(new Map([...shapes].map(([key, { shape }]) => [key, shape])));
    expect((await saved.weights("trunk")).find("stages.1.conv.weight")?.shape).toEqual([8, 8, 4, 4]);
    expect(host.files.get("clip/vocab.json")).toEqual(host.files.get("tokenizer/vocab.json"));
  });

  it("says what does not fit together", async () => {
    const config = { model: clipJson, tokenizer: "tokenizer", batch: 2, out: "clip" };
    await expect(run(withTokenizer(), "clip", { ...config, data: { ...data, size: 32 } })).rejects.toThrow(
      "the model sees pictures of 16 pixels, but the data has pictures of 32: make them agree",
    );
  });
});

describe("training a denoiser", () => {
  const config = {
    model: tinyUNet,
    autoencoder: "vae",
    clipModel: "clip",
    pictures: 40,
    batch: 4,
    minSnr: 5,
    prediction: "v_prediction",
    prompts: ["a", "b"],
    out: "out",
    sampleEvery: 4,
    precision: "fp16",
  };

  const parts = testHost();
  beforeAll(async () => {
    const autoencoder = new Autoencoder(parseAutoencoderConfig(tinyAutoencoder));
    const clip = new Clip(parseClipConfig(clipJson));
    for (const [folder, seed] of Object.entries({ vae: 1, other: 2 }))
      await writeModel(parts, folder, {
        name: "diffusion_pytorch_model",
        config: autoencoderConfigToJson(autoencoder.config),
        weights: initialWeights(autoencoder.parameters, seed),
        precision: "fp32",
      });
    await writeModel(parts, "clip", {
      name: "model",
      config: clipConfigToJson(clip.config),
      weights: initialWeights(clip.parameters, 1),
      precision: "fp32",
    });
    for (const [name, text] of Object.entries(tokenizer))
      parts.files.set(`clip/${name}`, new TextEncoder().encode(text));
  });

  it("encodes once, resumes exactly and leaves a whole model directory, on the way too", async () => {
    const undisturbed = testHost(Object.fromEntries(parts.files));
    const seen = await run(undisturbed, "diffusion", config);
    expect(seen.map(({ stage, step }) => `${stage} ${step}`)).toEqual([
      "encoding 32",
      "encoding 64",
      "training 1",
      "training 2",
      "training 3",
      "training 4",
    ]);
    const disturbed = testHost(Object.fromEntries(parts.files));
    await run(disturbed, "diffusion", config, false, 2);
    expect(disturbed.files.has("out/model_index.json")).toBe(true);
    const rest = await run(disturbed, "diffusion", config, true);
    expect(rest.map(({ step }) => step)).toEqual([3, 4]);
    expect(disturbed.files.get("out/training.safetensors")).toEqual(undisturbed.files.get("out/training.safetensors"));

    expect(undisturbed.files.has("out/samples/0000004.png")).toBe(true);
    const saved = await openModelDirectory(undisturbed, "out");
    expect(saved.index?._class_name).toBe("StableDiffusionPipeline");
    expect(parseUNetConfig(await saved.json("unet/config.json"))).toEqual(parseUNetConfig(tinyUNet));
    expect((await saved.weights("unet")).find("conv_in.weight")?.dtype).toBe("F16");
    expect((await saved.weights("text_encoder")).find("text_model.final_layer_norm.weight")?.shape).toEqual([8]);
    expect((await saved.json("scheduler/scheduler_config.json")).prediction_type).toBe("v_prediction");
    const { scalingFactor } = parseAutoencoderConfig(await saved.json("vae/config.json"));
    expect(scalingFactor).toBeGreaterThan(0.2);
    expect(scalingFactor).not.toBe(0.18215);
  });

  it("goes on from a whole model, at its scale where the encoder is its own, and with its tokenizer", async () => {
    const host = testHost(Object.fromEntries(parts.files));
    await run(host, "diffusion", { ...config, steps: 1 });
    for (const file of ["config.json", "model.safetensors"])
      host.files.set(`out/clip/${file}`, host.files.get(`clip/${file}`)!);
    const scaleOf = async (path: string) =>
      (await (await openModelDirectory(host, path)).json("vae/config.json")).scaling_factor;
    const further = {
      ...config,
      model: "out/unet",
      autoencoder: "out/vae",
      clipModel: "out/clip",
      out: "further",
      seed: 4,
    };
    await run(host, "diffusion", { ...further, steps: 1 });
    expect(await scaleOf("further")).toBe(await scaleOf("out"));
    await run(host, "diffusion", { ...further, autoencoder: "other", out: "elsewhere", steps: 1 });
    expect(await scaleOf("elsewhere")).not.toBe(await scaleOf("out"));
    expect(host.files.get("further/tokenizer/vocab.json")).toEqual(host.files.get("clip/vocab.json"));
    await expect(run(host, "diffusion", { ...further, prediction: "epsilon" })).rejects.toThrow(
      'out/unet was trained to predict v_prediction: make "prediction" the same',
    );
  });

  it("reads captions by a diffusion model's text tower, by whichever name", async () => {
    const host = testHost(Object.fromEntries(parts.files));
    await run(host, "diffusion", { ...config, steps: 1 });
    const clip = new Clip(parseClipConfig(clipJson));
    const withoutText = [...initialWeights(clip.parameters, 1)].filter(([key]) => !key.startsWith("text_model."));
    const visionOnly = { config: clipConfigToJson(clip.config), weights: new Map(withoutText) };
    await writeModel(host, "out/clip", { name: "model", ...visionOnly, precision: "fp32" });
    for (const [out, clipModel] of Object.entries({ a: "out", b: "out/text_encoder/", c: "out/clip" })) {
      await run(host, "diffusion", { ...config, clipModel, out, steps: 1 });
      for (const file of ["unet/diffusion_pytorch_model.safetensors", "tokenizer/vocab.json"])
        expect(host.files.get(`${out}/${file}`)).toEqual(host.files.get(`a/${file}`));
    }
  });

  it("says which sizes disagree", async () => {
    const host = testHost(Object.fromEntries(parts.files));
    const wrong = { ...config, model: { ...tinyUNet, sample_size: 16 } };
    await expect(run(host, "diffusion", wrong)).rejects.toThrow("the U-Net's sample_size is 16, but the height");
  });
});
