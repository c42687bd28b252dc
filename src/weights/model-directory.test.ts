import { describe, expect, it } from "vitest";
import { golden } from "../../tests/support/golden.ts";
import { memoryFiles } from "../../tests/support/memory-files.ts";
import { tensorValue, torchZip } from "../../tests/support/torch-files.ts";
import { UserError } from "../errors.ts";
import { nodeHost } from "../host/node.ts";
import { ndarray } from "../runtime/ndarray.ts";
import { openModelDirectory, openWeights, readJson, readText, writeModelDirectory } from "./model-directory.ts";
import { toStore, writeSafetensors } from "./safetensors.ts";

const one = (value: number) => toStore(ndarray(Float32Array.of(value), [1]));

async function expectUserError(work: Promise<unknown>, message: string): Promise<void> {
  const error: unknown = await work.catch((e: unknown) => e);
  expect(error).toBeInstanceOf(UserError);
  expect((error as Error).message).toBe(message);
}

describe("openModelDirectory", () => {
  it("opens what diffusers saved", async () => {
    const model = await openModelDirectory(nodeHost(), `${golden("e2e-sd1").path("model")}/`);
    expect(model.index?._class_name).toBe("StableDiffusionPipeline");
    expect((await model.json("scheduler/scheduler_config.json")).beta_schedule).toBe("scaled_linear");
    expect(await model.has("safety_checker")).toBe(false);
    const unet = await model.weights("unet");
    expect(unet.find("conv_in.weight")).toMatchObject({ dtype: "F32", file: "diffusion_pytorch_model.safetensors" });
    expect((await (await model.weights("vae")).read("quant_conv.bias")).length).toBe(8);
    expect((await model.weights("text_encoder")).find("text_model.final_layer_norm.bias")).toBeDefined();
  });

  it("opens a single model of transformers", async () => {
    const model = await openModelDirectory(nodeHost(), golden("clip-full-hf").path("hf"));
    expect(model.index).toBeUndefined();
    expect((await model.json("config.json")).model_type).toBe("clip");
    expect((await model.weights("")).find("logit_scale")?.shape).toEqual([]);
  });

  it("says where there is no model", async () => {
    const files = memoryFiles({ "photos/a.png": "" });
    const advice = "name a model directory in the layout of diffusers";
    await expectUserError(
      openModelDirectory(files, "photos/"),
      `no model in photos: it has no model_index.json; ${advice}`,
    );
    await expectUserError(openModelDirectory(files, "nowhere"), `no model in nowhere: it does not exist; ${advice}`);
  });

  it("gets back what was written", async () => {
    const files = memoryFiles();
    await writeModelDirectory(files, "pocket", {
      index: { _class_name: "StableDiffusionPipeline" },
      files: { "unet/config.json": { in_channels: 4 }, "tokenizer/merges.txt": "#version: 0.2\nö ä\n" },
      weights: { unet: new Map([["a", one(1)]]), clip: new Map([["b", one(2)]]) },
    });
    expect([...files.files.keys()]).toEqual([
      "pocket/unet/diffusion_pytorch_model.safetensors",
      "pocket/clip/model.safetensors",
      "pocket/unet/config.json",
      "pocket/tokenizer/merges.txt",
      "pocket/model_index.json",
    ]);
    const model = await openModelDirectory(files, "pocket");
    expect(await model.json("unet/config.json")).toEqual({ in_channels: 4 });
    expect(await model.text("tokenizer/merges.txt")).toBe("#version: 0.2\nö ä\n");
    expect([...(await (await model.weights("clip")).read("b"))]).toEqual([2]);
  });
});

describe("readJson and readText", () => {
  it("reads the numbers that JSON has not but Python writes as null", async () => {
    const files = memoryFiles({ a: '{"low": -Infinity, "list": [NaN, Infinity], "text": "NaN \\" -Infinity"}' });
    expect(await readJson(files, "a")).toEqual({ low: null, list: [null, null], text: 'NaN " -Infinity' });
  });

  it("say what a file is instead", async () => {
    const files = memoryFiles({ a: "{'a': 1}", b: "[1]", c: Uint8Array.of(0xff, 0xfe), d: "\ufeff{}" });
    const error: unknown = await readJson(files, "a").catch((e: unknown) => e);
    expect((error as Error).message).toMatch(/^a is not JSON: [^\n]+$/);
    await expectUserError(readJson(files, "b"), "b is not a JSON object");
    await expectUserError(readText(files, "c"), "c is not UTF-8 text");
    expect(await readJson(files, "d")).toEqual({});
    await expectUserError(readJson(files, "e"), "cannot read e: there is no such file");
  });
});

describe("openWeights", () => {
  /** Files of a folder `m`, each with one weight named after it. */
  async function folder(...names: string[]): Promise<ReturnType<typeof memoryFiles>> {
    const files = memoryFiles();
    for (const name of names) await writeSafetensors(files, `m/${name}`, new Map([[name, one(0)]]));
    return files;
  }

  it("prefers full precision, then half, then whatever single file there is", async () => {
    const found = async (...names: string[]) => [...(await openWeights(await folder(...names), "m")).keys()];
    const [full, half, other] = ["model.safetensors", "model.fp16.safetensors", "open_clip_model.safetensors"] as const;
    expect(await found(other, half, full)).toEqual([full]);
    expect(await found(other, half)).toEqual([half]);
    expect(await found(other)).toEqual([other]);
    await expect(found(other, "another.safetensors")).rejects.toThrow("there are no weights in m");
    expect(await found(half, "pytorch_model.bin")).toEqual(["pytorch_model.bin"]);
  });

  it("opens the variant that was asked for", async () => {
    const files = await folder("model.safetensors", "model.fp16.safetensors", "pytorch_model.non_ema.bin");
    const found = async (variant: string) => [...(await openWeights(files, "m", variant)).keys()];
    expect(await found("fp16")).toEqual(["model.fp16.safetensors"]);
    expect(await found("non_ema")).toEqual(["pytorch_model.non_ema.bin"]);
    await expect(found("bf16")).rejects.toThrow("there are no weights of the variant bf16 in m: expected");
  });

  it("reads PyTorch's files, also several", async () => {
    const shard = (key: string, length: number): Uint8Array => {
      const view = { dtype: "F32", key: "0", elements: length, shape: [length], strides: [1] } as const;
      return torchZip(new Map([[key, tensorValue(view)]]), { "0": new Uint8Array(4 * length) });
    };
    const map = { weight_map: { a: "pytorch_model-1.bin", b: "pytorch_model-2.bin" } };
    const host = memoryFiles({
      "m/pytorch_model-1.bin": shard("a", 2),
      "m/pytorch_model-2.bin": shard("b", 3),
      "m/pytorch_model.bin.index.json": JSON.stringify(map),
      "n/diffusion_pytorch_model.fp16.bin": shard("c", 4),
    });
    const weights = await openWeights(host, "m");
    expect([...weights.keys()].map((key) => weights.find(key)!.shape)).toEqual([[2], [3]]);
    expect((await openWeights(host, "n")).find("c")?.shape).toEqual([4]);
  });

  it("says what is missing", () =>
    expectUserError(
      openWeights(memoryFiles(), "m"),
      "there are no weights in m: expected diffusion_pytorch_model.safetensors or model.safetensors",
    ));

  it("follows an index of several files, and checks it", async () => {
    const files = await folder("1.safetensors", "2.safetensors");
    const index = (map: unknown): void => {
      files.files.set("m/model.safetensors.index.json", new TextEncoder().encode(JSON.stringify({ weight_map: map })));
    };
    const where = "m/model.safetensors.index.json";
    index({ "1.safetensors": "1.safetensors", "2.safetensors": "2.safetensors" });
    expect([...(await openWeights(files, "m")).keys()]).toEqual(["1.safetensors", "2.safetensors"]);
    index({ "1.safetensors": "2.safetensors" });
    await expectUserError(
      openWeights(files, "m"),
      `${where} says that 1.safetensors is in 2.safetensors, but it is not`,
    );
    index({ a: "../secret.safetensors" });
    await expectUserError(
      openWeights(files, "m"),
      `${where} names "../secret.safetensors", which is not a weight file beside it`,
    );
    index(["a"]);
    await expectUserError(openWeights(files, "m"), `${where} has no weight_map`);
  });
});
