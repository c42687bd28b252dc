import { readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { expectClose, golden, tensor, tensors } from "../../tests/support/golden.ts";
import { type MemoryFiles, memoryFiles } from "../../tests/support/memory-files.ts";
import { ndarray } from "../runtime/ndarray.ts";
import { autoencoderKeys, clipKeys, isOpenAi } from "./dialects.ts";
import { measuredClip, settle } from "./measured.ts";
import { readHeader, toStore, toStoreAsF16, writeSafetensors } from "./safetensors.ts";
import { Weights } from "./weights.ts";

const open = (path: string): Promise<Weights> =>
  Weights.open(memoryFiles({ [path]: readFileSync(path) }), dirname(path), [basename(path)]);

/** A file of consecutive numbers in these shapes, in half precision where the name says so. */
async function numbered(shapes: Record<string, readonly number[]>): Promise<MemoryFiles> {
  const files = memoryFiles();
  const arrays = Object.entries(shapes).map(([key, shape]) => {
    const array = ndarray(
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
      shape,
    );
    return [key, key.endsWith(".half") ? toStoreAsF16(array) : toStore(array)] as const;
  });
  await writeSafetensors(files, "m/w.safetensors", new Map(arrays));
  return files;
}

const shapesOf = (weights: Weights): Map<string, readonly number[]> =>
  new Map([...weights.keys()].map((key) => [key, weights.find(key)!.shape]));

const clip = golden("clip-full-openai");

describe("clipKeys", () => {
  it("makes transformers' weights of OpenAI's", async () => {
    const weights = (await open(clip.path("openai/clip.safetensors"))).translate(clipKeys);
    const expected = tensors(clip.path("hf/model.safetensors"));
    const keys = [...expected.keys()].filter((key) => !key.endsWith("position_ids"));
    expect([...weights.keys()].sort()).toEqual(keys.sort());
    for (const key of keys) {
      const { shape } = weights.find(key)!;
      // transformers' file was stored in half precision.
      expectClose(ndarray(await weights.read(key), shape), tensor(expected, key), { atol: 1e-7, rtol: 2 ** -11 });
    }
  });

  it("leaves transformers' own names, without the position ids", async () => {
    const weights = await open(clip.path("hf/model.safetensors"));
    expect([...weights.keys()]).toContain("text_model.embeddings.position_ids");
    expect([...weights.translate(clipKeys).keys()]).toEqual([...weights.keys()].filter((k) => !k.endsWith("_ids")));
  });

  it("reads the config off OpenAI's shapes", async () => {
    const opened = await open(clip.path("openai/clip.safetensors"));
    expect(isOpenAi(shapesOf(opened))).toBe(true);
    const config = settle(measuredClip(shapesOf(opened.translate(clipKeys)), "f", "quick_gelu"), undefined);
    expect(JSON.parse(readFileSync(clip.path("hf/config.json"), "utf8"))).toMatchObject(config);
    const text = new Map([["text_model.embeddings.token_embedding.weight", [4, 64]]]);
    expect(() => measuredClip(text, "rn50.pt", "gelu")).toThrow(
      /^rn50.pt holds no CLIP text tower: it has no text_model/,
    );
  });

  it("keeps names that it does not know", () => {
    const shapes = new Map([
      ["ln_final.weight", [4]],
      ["transformer.resblocks.0.attn.in_proj_bias", [4]],
      ["surprise", [1]],
    ]);
    const keys = [...clipKeys(shapes).keys()];
    expect(keys).toEqual([
      "text_model.final_layer_norm.weight",
      "text_model.encoder.layers.0.attn.in_proj_bias",
      "surprise",
    ]);
  });
});

describe("autoencoderKeys", () => {
  it("gives old files the new names", async () => {
    const shapes = shapesOf(await open(golden("vae-oldnames").path("vae/diffusion_pytorch_model.safetensors")));
    const parts = ["group_norm", "to_q", "to_k", "to_v", "to_out.0"].flatMap((part) =>
      ["weight", "bias"].map((kind) => `decoder.mid_block.attentions.0.${part}.${kind}`),
    );
    const keys = [...autoencoderKeys(shapes).keys()];
    expect(keys.filter((key) => key.startsWith("decoder.mid_block.attentions")).sort()).toEqual(parts.sort());
    expect(keys.length).toBe(shapes.size);
  });

  it("leaves new files alone", async () => {
    const shapes = shapesOf(await open(golden("vae-newnames").path("vae/diffusion_pytorch_model.safetensors")));
    for (const [key, { from, shape }] of autoencoderKeys(shapes)) {
      expect(from).toBe(key);
      expect(shape).toEqual(shapes.get(key));
    }
  });

  it("flattens attention made of 1×1 convolutions, and only that", async () => {
    const attention = "encoder.mid_block.attentions.0";
    const files = await numbered({ [`${attention}.query.weight`]: [2, 2, 1, 1], "quant_conv.weight": [2, 2, 1, 1] });
    const weights = (await Weights.open(files, "m", ["w.safetensors"])).translate(autoencoderKeys);
    expect(weights.find(`${attention}.to_q.weight`)?.shape).toEqual([2, 2]);
    expect(weights.find("quant_conv.weight")?.shape).toEqual([2, 2, 1, 1]);
  });
});

describe("Weights", () => {
  it("cuts rows as byte ranges and turns matrices when they are read", async () => {
    const files = await numbered({
      "ln_final.weight": [2],
      "transformer.resblocks.0.attn.in_proj_weight": [6, 2],
      text_projection: [2, 3],
    });
    const weights = (await Weights.open(files, "m", ["w.safetensors"])).translate(clipKeys);
    const layer = "text_model.encoder.layers.0.self_attn";
    expect([...(await weights.read(`${layer}.k_proj.weight`))]).toEqual([4, 5, 6, 7]);
    expect(weights.find("text_projection.weight")?.shape).toEqual([3, 2]);
    expect([...(await weights.read("text_projection.weight"))]).toEqual([0, 3, 1, 4, 2, 5]);
    const [q, k] = ["q", "k"].map((part) => weights.find(`${layer}.${part}_proj.weight`)!);
    expect(k!.offset - q!.offset).toBe(16);
    expect(k!.length).toBe(16);
    await expect(weights.read("nothing")).rejects.toThrow("m has no weight nothing");
  });

  it("hands the engine byte ranges where they will do and numbers elsewhere", async () => {
    const files = await numbered({ "ln_final.weight": [2], "a.half": [3], text_projection: [2, 2] });
    files.reads.length = 0;
    const weights = (await Weights.open(files, "m", ["w.safetensors"])).translate(clipKeys);
    const data = await weights.forEngine();
    const file = files.files.get("m/w.safetensors")!;
    const start = (await readHeader(await files.open("m/w.safetensors"))).tensors.get("a.half")!.start;
    expect(data("a.half")).toEqual({ dtype: "f16", file: "w.safetensors", offset: start, length: 6 });
    expect(start + 6).toBe(file.length);
    expect(data("text_projection.weight")).toEqual({ dtype: "f32", data: Float32Array.of(0, 2, 1, 3) });
    expect(data("nothing")).toBeUndefined();
  });

  it("merges files and refuses a key that two of them have", async () => {
    const files = await numbered({ a: [1], b: [2] });
    await writeSafetensors(files, "m/more.safetensors", new Map([["c", toStore(ndarray(Float32Array.of(7), [1]))]]));
    const weights = await Weights.open(files, "m", ["w.safetensors", "more.safetensors"]);
    expect([...weights.keys()]).toEqual(["a", "b", "c"]);
    expect([...(await weights.read("c"))]).toEqual([7]);
    files.files.set("m/again.safetensors", files.files.get("m/w.safetensors")!);
    await expect(Weights.open(files, "m", ["w.safetensors", "again.safetensors"])).rejects.toThrow(
      "m: both w.safetensors and again.safetensors have the weight a",
    );
  });

  it("says how weights and config disagree", async () => {
    const files = await numbered({ a: [1], b: [2, 3], x: [1] });
    const weights = await Weights.open(files, "m", ["w.safetensors"]);
    weights.check(
      new Map([
        ["a", [1]],
        ["b", [2, 3]],
        ["x", [1]],
      ]),
    );
    const expected = new Map([
      ["a", [1]],
      ["b", [3, 2]],
      ["c", [1]],
      ["d", [1]],
      ["e", [1]],
      ["f", [1]],
    ]);
    expect(() => weights.check(expected)).toThrow(
      "the weights in m do not fit its config: 4 missing (c, d, e, …); 1 unknown (x); 1 of another shape (b is [2,3], not [3,2])",
    );
  });
});
