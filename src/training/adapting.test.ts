import { beforeAll, describe, expect, it } from "vitest";
import { testHost } from "../../tests/support/test-host.ts";
import { tinyAutoencoder } from "../../tests/support/tiny-autoencoder.ts";
import { tinyUNet } from "../../tests/support/tiny-unet.ts";
import type { Tensor } from "../graph/tensor.ts";
import { ClipText, clipTextConfigToJson, parseClipTextConfig } from "../models/clip/index.ts";
import { parseUNetConfig, UNet, unetConfigToJson } from "../models/unet/index.ts";
import { Autoencoder, autoencoderConfigToJson, parseAutoencoderConfig } from "../models/vae/index.ts";
import { normal } from "../random/philox.ts";
import { ndarray } from "../runtime/ndarray.ts";
import { readLora } from "../weights/lora.ts";
import { writeModelDirectory } from "../weights/model-directory.ts";
import { type LearnedWord, readLearnedWords } from "../weights/textual-inversion.ts";
import { initialWeights } from "./init.ts";
import { type Surroundings, train } from "./loop.ts";
import { stored } from "./model-files.ts";
import { openTraining } from "./open.ts";

const tower = { hidden_size: 8, intermediate_size: 8, num_attention_heads: 2, num_hidden_layers: 1 };
const words = { "a</w>": 0, "b</w>": 1, ",</w>": 2, "<|startoftext|>": 3, "<|endoftext|>": 4 };

/** Weights of a model that has learned: what starts at zero lets no gradient through. */
const learnt = (parameters: ReadonlyMap<string, Tensor>) =>
  new Map(
    [...initialWeights(parameters, 1)].map(([key, { data, shape }], i) => {
      const noise = normal(2, i, data.length);
      return [
        key,
        ndarray(
          data.map((value, at) => value + noise[at]! / 10),
          shape,
        ),
      ] as const;
    }),
  );

const parts = testHost();
const unet = new UNet(parseUNetConfig(tinyUNet));
const text = new ClipText(
  parseClipTextConfig({ ...tower, vocab_size: 5, max_position_embeddings: 4, eos_token_id: 4 }),
);
beforeAll(async () => {
  const autoencoder = new Autoencoder(parseAutoencoderConfig(tinyAutoencoder));
  await writeModelDirectory(parts, "model", {
    index: { _class_name: "StableDiffusionPipeline" },
    files: {
      "unet/config.json": unetConfigToJson(unet.config),
      "vae/config.json": autoencoderConfigToJson({ ...autoencoder.config, scalingFactor: 1 }),
      "text_encoder/config.json": clipTextConfigToJson(text.config),
      "scheduler/scheduler_config.json": { num_train_timesteps: 1000, prediction_type: "v_prediction" },
    },
    weights: {
      unet: stored(learnt(unet.parameters), "fp32"),
      vae: stored(initialWeights(autoencoder.parameters, 1), "fp32"),
      text_encoder: stored(initialWeights(text.parameters, 1), "fp32"),
    },
  });
  const files = {
    "vocab.json": JSON.stringify(words),
    "merges.txt": "#version: 0.2\n",
    "tokenizer_config.json": '{"model_max_length":4}',
  };
  for (const [name, content] of Object.entries(files))
    parts.files.set(`model/tokenizer/${name}`, new TextEncoder().encode(content));
});

/** Pictures that are all dark, of "a b". */
const openData: Surroundings["openData"] = ({ size }, { batch, seed, tokenize }) => ({
  batch: async (index) => ({
    pixels: ndarray(
      normal(seed, index, batch * 3 * size * size).map((x) => x / 10 - 0.7),
      [batch, 3, size, size],
    ),
    ids: tokenize!(Array.from({ length: batch }, () => "a b")),
  }),
  close: async () => {},
});

const common = {
  model: "model",
  data: { kind: "folder", folder: "pictures", size: 16 },
  pictures: 32,
  batch: 4,
  steps: 6,
  lr: 0.05,
  ema: 0,
  prompts: ["a"],
  out: "out",
};

type TestHost = ReturnType<typeof testHost>;

async function run(
  host: TestHost,
  kind: "lora" | "embedding" | "distil",
  config: object,
  resume = false,
  stopAt = 1e9,
) {
  const given = JSON.stringify({ ...common, ...config });
  const { training, ...opened } = await openTraining(kind, given, "config.json", { host, openData });
  const stop = new AbortController();
  const losses: number[] = [];
  for await (const progress of train(training, { ...opened, host, resume, signal: stop.signal })) {
    if (progress.stage === "training") losses.push(progress.loss!);
    if (progress.stage === "training" && progress.step >= stopAt) stop.abort();
  }
  await training.close();
  return losses;
}

const shapesOf = (parameters: ReadonlyMap<string, Tensor>) =>
  new Map([...parameters].map(([key, { shape }]) => [key, shape] as const));

describe("training a LoRA", () => {
  it("resumes exactly, and leaves a file that --lora reads and that changes what the model says", async () => {
    const config = { rank: 2, alpha: 4, layers: "all", text: true };
    const undisturbed = testHost(Object.fromEntries(parts.files));
    const losses = await run(undisturbed, "lora", config);
    expect(losses).toHaveLength(6);
    const host = testHost(Object.fromEntries(parts.files));
    await run(host, "lora", config, false, 3);
    expect(await run(host, "lora", config, true)).toEqual(losses.slice(3));
    const file = "out/lora.safetensors";
    expect(host.files.get(file)).toEqual(undisturbed.files.get(file));
    const lora = await readLora(host, file, {
      unet: shapesOf(unet.parameters),
      text_encoder: shapesOf(text.parameters),
    });
    expect(lora.unet.size).toBeGreaterThan(20);
    expect(lora.text_encoder.size).toBe(6);
    for (const { rank, factor, up } of [...lora.unet.values(), ...lora.text_encoder.values()]) {
      expect([rank, factor]).toEqual([2, 2]);
      expect(up.some((value) => value !== 0)).toBe(true);
    }
  });

  it("brings the model nearer to the pictures", async () => {
    const host = testHost(Object.fromEntries(parts.files));
    const losses = await run(host, "lora", { rank: 4, layers: "all", steps: 60, lr: 0.02 });
    const mean = (some: readonly number[]): number => some.reduce((a, b) => a + b) / some.length;
    expect(mean(losses.slice(-20))).toBeLessThan(mean(losses.slice(0, 20)));
  });

  it("changes attention alone unless told", async () => {
    const host = testHost(Object.fromEntries(parts.files));
    await run(host, "lora", { steps: 1 });
    const header = new TextDecoder().decode(host.files.get("out/lora.safetensors")!.slice(8));
    const keys = Object.keys(JSON.parse(header.slice(0, header.lastIndexOf("}}") + 2))).filter(
      (key) => key !== "__metadata__",
    );
    expect(
      keys.every((key) => /^lora_unet_.*_(to_q|to_k|to_v|to_out_0)\.(lora_(up|down)\.weight|alpha)$/.test(key)),
    ).toBe(true);
    expect(keys.length % 3).toBe(0);
  });
});

describe("distilling", () => {
  const config = { rank: 2, lr: 0.01, guidance: 3, skip: 100, teacherSteps: 1 };

  it("resumes exactly, and leaves a LoRA of the U-Net's blocks", async () => {
    const undisturbed = testHost(Object.fromEntries(parts.files));
    const losses = await run(undisturbed, "distil", { ...config, sampleEvery: 6 });
    const host = testHost(Object.fromEntries(parts.files));
    await run(host, "distil", config, false, 3);
    expect(await run(host, "distil", config, true)).toEqual(losses.slice(3));
    const file = "out/lcm.safetensors";
    expect(host.files.get(file)).toEqual(undisturbed.files.get(file));
    expect(undisturbed.files.has("out/samples/0000006.png")).toBe(true);
    const lora = await readLora(host, file, { unet: shapesOf(unet.parameters), text_encoder: new Map() });
    const modules = [...lora.unet.keys()];
    expect(modules).toContain("down_blocks.0.resnets.0.conv1");
    expect(modules).toContain("down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k");
    expect(modules.filter((module) => !/^(down_blocks|mid_block|up_blocks)\./.test(module))).toEqual([]);
  });

  it("makes what is seen at neighbouring levels the same", async () => {
    const host = testHost(Object.fromEntries(parts.files));
    const losses = await run(host, "distil", { ...config, rank: 4, steps: 60 });
    const mean = (some: readonly number[]): number => some.reduce((a, b) => a + b) / some.length;
    expect(mean(losses.slice(-20))).toBeLessThan(mean(losses.slice(0, 20)));
  });
});

describe("learning a word", () => {
  it("leaves vectors that --embedding reads, from those of a known word", async () => {
    const host = testHost(Object.fromEntries(parts.files));
    const losses = await run(host, "embedding", { word: "a", vectors: 2, start: "b" });
    expect(losses).toHaveLength(6);
    const file = "out/learned_embeds.safetensors";
    const [{ word, vectors }] = (await readLearnedWords(host, file, 8)) as [LearnedWord];
    const table = initialWeights(text.parameters, 1).get("text_model.embeddings.token_embedding.weight")!;
    expect([word, vectors.length]).toEqual(["a", 16]);
    for (const [i, value] of vectors.entries()) {
      const moved = Math.abs(value - table.data[8 + (i % 8)]!);
      expect(moved).toBeGreaterThan(0);
      // Six updates of 0.05 at most.
      expect(moved).toBeLessThan(0.31);
    }
  });

  it("refuses what names no word, and models that are none", async () => {
    const host = testHost(Object.fromEntries(parts.files));
    await expect(run(host, "embedding", { word: "a", start: "" })).rejects.toThrow("start: a text is needed");
    await expect(run(host, "lora", { model: "model/unet" })).rejects.toThrow("holds a single network");
  });
});
