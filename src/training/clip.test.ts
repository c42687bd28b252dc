import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { expectClose, golden } from "../../tests/support/golden.ts";
import { testHost } from "../../tests/support/test-host.ts";
import { normal } from "../random/philox.ts";
import { ints, type NdArray, ndarray } from "../runtime/ndarray.ts";
import { openWeights } from "../weights/model-directory.ts";
import { type Surroundings, train } from "./loop.ts";
import { openTraining } from "./open.ts";

const tower = { hidden_size: 16, intermediate_size: 32, num_attention_heads: 2, num_hidden_layers: 1 };
const model = {
  projection_dim: 8,
  text_config: { ...tower, vocab_size: 400, max_position_embeddings: 77, eos_token_id: 399 },
  vision_config: { ...tower, image_size: 32, patch_size: 16 },
};

const vocabulary = '{"a</w>":0,"<|startoftext|>":398,"<|endoftext|>":399}';
const reference = golden("clip-full-openai");
const published = (name: string) => readFileSync(reference.path(`hf/${name}`));

/** A tokenizer of one word, and a published CLIP. */
const newHost = () =>
  testHost({
    "words/vocab.json": vocabulary,
    "words/merges.txt": "#version: 0.2\n",
    "published/config.json": published("config.json"),
    "published/preprocessor_config.json": published("preprocessor_config.json"),
    "published/model.safetensors": published("model.safetensors"),
    "published/vocab.json": vocabulary,
    "published/merges.txt": "#version: 0.2\n",
    "files/one.safetensors": published("model.safetensors"),
  });

/** Example n of a sequence that depends on the seed: noise as pictures, and a few token ids. */
const openData: Surroundings["openData"] = ({ size }, { batch, seed }) => ({
  async batch(index) {
    const all = Array.from({ length: batch }, (_, i) => index * batch + i);
    const pictures = all.flatMap((n) => [...normal(seed + 100, n, 3 * size * size)].map((x) => Math.tanh(x)));
    const ids = all.flatMap((n) => [398, n % 7, (n * n) % 11, ...Array<number>(74).fill(399)]);
    return { pixels: ndarray(Float32Array.from(pictures), [batch, 3, size, size]), ids: ints(ids, [batch, 77]) };
  },
  close: async () => {},
});

const config = {
  model,
  tokenizer: "words",
  data: { kind: "folder", folder: "pictures", size: 32 },
  batch: 8,
  steps: 4,
  lr: 1e-3,
  clip: 1,
  seed: 4,
  out: "out",
};

/** Comparing megabytes with `toEqual` takes a minute. */
const hash = (host: ReturnType<typeof newHost>, file: string): string =>
  createHash("sha256")
    .update(host.files.get(`out/${file}`)!)
    .digest("hex");

type Change = Readonly<Record<string, unknown>>;
const open = (host: ReturnType<typeof newHost>, change: Change) =>
  openTraining("clip", JSON.stringify({ ...config, ...change }), "c.json", { host, openData });

/** Runs until the end or until `stopAt` steps are made; gives what was yielded. */
async function run(host: ReturnType<typeof newHost>, change: Change, resume = false, stopAt?: number) {
  const { training, ...opened } = await open(host, change);
  const stop = new AbortController();
  const yielded = [];
  for await (const progress of train(training, { ...opened, host, resume, signal: stop.signal })) {
    yielded.push(progress);
    if (progress.step === stopAt) stop.abort();
  }
  await training.close();
  return yielded;
}

async function firstUpdate(change: Change) {
  const { training } = await open(newHost(), change);
  const state = { step: 0, arrays: await training.initial() };
  const { accumulate = 1 } = change as { accumulate?: number };
  const feeds = Array.from({ length: accumulate * (training.slices ?? 1) }, (_, i) => training.feeds(i));
  const trainer = await training.trainer(0);
  const metrics = await trainer.step(state, await Promise.all(feeds), training.rates(0));
  await training.close();
  return { metrics, arrays: state.arrays };
}

describe("slices of a batch", () => {
  it.each<[string, Change]>([
    ["alone", {}],
    ["with a trunk, accumulated", { trunk: [8, 8], accumulate: 2, clip: 0.5 }],
    ["below a locked image tower", { model: "published", tokenizer: undefined, freeze: "image" }],
    ["below a locked text tower", { model: "published", tokenizer: undefined, freeze: "text" }],
  ])("have the loss and the gradients of the whole, %s", async (_, change) => {
    const plain = await firstUpdate(change);
    const sliced = await firstUpdate({ ...change, slice: 2 });
    expect(Object.keys(sliced.metrics).sort()).toEqual(Object.keys(plain.metrics).sort());
    for (const [name, value] of Object.entries(plain.metrics))
      expectClose([sliced.metrics[name]!], [value], { atol: 1e-6, rtol: 1e-5 });
    expect(Object.keys(sliced.arrays).sort()).toEqual(Object.keys(plain.arrays).sort());
    // After one update the running mean is (1 − β₁) times the gradient.
    const means = Object.keys(plain.arrays).filter((name) => name.startsWith("mean."));
    expect(means.length).toBeGreaterThan(10);
    const all = means.flatMap((name) => [...(plain.arrays[name] as NdArray<"f32">).data]);
    const largest = all.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    expect(largest).toBeGreaterThan(1e-4);
    for (const name of means) expectClose(sliced.arrays[name]!, plain.arrays[name]!, { atol: 1e-5 * largest });
  });

  it("must fit into the batch", async () => {
    await expect(open(newHost(), { slice: 3 })).rejects.toThrow('"batch" is 8, which "slice" 3 does not divide');
  });
});

describe("a run with slices, a locked tower and evaluation", () => {
  const change = {
    model: "published",
    tokenizer: undefined,
    slice: 4,
    freeze: "image",
    masked: 0.5,
    evaluate: { data: { kind: "folder", folder: "others", size: 32 }, pictures: 30, every: 2 },
  };

  it("ends at the same bits however often it is stopped, with the same log", async () => {
    const undisturbed = newHost();
    const yielded = await run(undisturbed, change);
    expect(yielded.map(({ stage, step }) => `${stage} ${step}`)).toEqual([
      "training 1",
      "training 2",
      "evaluating 2",
      "training 3",
      "training 4",
      "evaluating 4",
    ]);
    const disturbed = newHost();
    await run(disturbed, change, false, 2);
    await run(disturbed, change, true, 3);
    await run(disturbed, { ...change, evaluate: { ...change.evaluate, pictures: 30 } }, true);
    for (const file of ["model.safetensors", "training.safetensors", "log.jsonl", "preprocessor_config.json"])
      expect([file, hash(disturbed, file)]).toEqual([file, hash(undisturbed, file)]);

    const lines = new TextDecoder().decode(undisturbed.files.get("out/log.jsonl")).trim().split("\n");
    const evaluations = lines.map((line) => JSON.parse(line)).filter((line) => "evaluation" in line);
    expect(evaluations.map(({ step }) => step)).toEqual([2, 4]);
    const different = new Set(Array.from({ length: 30 }, (_, n) => `${n % 7} ${(n * n) % 11}`));
    for (const { evaluation } of evaluations) {
      expect(evaluation).toMatchObject({ pairs: 30, captions: different.size });
      const { imageToText1, imageToText5, imageToText10, textToImage1, textToImage10, zeroShot1, zeroShot5 } =
        evaluation;
      expect(imageToText1 <= imageToText5 && imageToText5 <= imageToText10 && textToImage1 <= textToImage10).toBe(true);
      expect(zeroShot1).toBe(imageToText1);
      expect(zeroShot5).toBeGreaterThanOrEqual(imageToText5);
    }

    const before = await openWeights(undisturbed, "published");
    const after = await openWeights(undisturbed, "out");
    const changed: string[] = [];
    for (const key of after.keys()) {
      const [was, is] = [await before.read(key), await after.read(key)];
      if (was.some((value, i) => value !== is[i])) changed.push(key);
    }
    expect(changed.filter((key) => /^visual_projection|^vision_model/.test(key))).toEqual([]);
    expect(changed).toContain("text_projection.weight");
    expect(changed).toContain("logit_scale");
  });
});

describe("a published checkpoint", () => {
  it("is seen in its own colours, and hands them and its tokenizer on", async () => {
    const host = newHost();
    await run(host, { model: "published", tokenizer: undefined, steps: 1, batch: 2 });
    const json = (path: string) => JSON.parse(new TextDecoder().decode(host.files.get(path)));
    const given = json("published/preprocessor_config.json");
    expect(json("out/preprocessor_config.json")).toMatchObject({
      image_mean: given.image_mean,
      image_std: given.image_std,
    });
    expect(given.image_mean).not.toEqual([0.5, 0.5, 0.5]);
    expect(host.files.get("out/vocab.json")).toEqual(host.files.get("published/vocab.json"));
  });

  it("goes on with pictures of another size, and says so", async () => {
    const host = newHost();
    const data = { kind: "folder", folder: "pictures", size: 64 };
    await run(host, { model: "published", tokenizer: undefined, steps: 1, batch: 2, imageSize: 64, data });
    const json = (path: string) => JSON.parse(new TextDecoder().decode(host.files.get(path)));
    expect(json("out/config.json").vision_config.image_size).toBe(64);
    expect(json("out/preprocessor_config.json").crop_size).toEqual({ height: 64, width: 64 });
    const { image_size: before, patch_size: patch } = json("published/config.json").vision_config;
    expect(before).not.toBe(64);
    const key = "vision_model.embeddings.position_embedding.weight";
    expect((await openWeights(host, "out")).find(key)?.shape[0]).toBe(1 + (64 / patch) ** 2);
  });

  it("may be a single file, and gives the same loss as in a folder", async () => {
    const [folder, file] = await Promise.all([
      firstUpdate({ model: "published" }),
      firstUpdate({ model: "files/one.safetensors" }),
    ]);
    expectClose([file.metrics.loss!], [folder.metrics.loss!], { rtol: 1e-6 });
  });

  it.each<[Change, string]>([
    [{ tokenizer: undefined }, 'a new model needs a "tokenizer"'],
    [{ freeze: "image" }, '"freeze" needs a "model" with weights'],
    [{ freeze: "both" }, 'c.json: freeze: "image" or "text" is needed'],
    [{ masked: 2 }, "c.json: masked: a number from 0 to 1 is needed"],
    [
      { data: { kind: "folder", folder: "p", size: 40 } },
      "the model sees pictures of 32 pixels, but the data has pictures of 40",
    ],
    [{ evaluate: { every: 1, data: { kind: "folder", folder: "p", size: 16 } } }, "but the data has pictures of 16"],
    [{ imageSize: 64 }, '"imageSize" is for a trained model'],
    [{ model: "published", imageSize: 50 }, '"imageSize" is 50, but the model'],
    [{ evaluate: { every: 0 } }, "c.json: evaluate"],
  ])("%j is refused in one line", async (change, message) => {
    await expect(open(newHost(), change)).rejects.toThrow(message);
  });
});
