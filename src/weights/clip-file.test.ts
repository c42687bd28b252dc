import { describe, expect, it } from "vitest";
import { golden } from "../../tests/support/golden.ts";
import { memoryFiles } from "../../tests/support/memory-files.ts";
import { Call, tensorValue, torchZip, type Value } from "../../tests/support/torch-files.ts";
import { nodeHost } from "../host/node.ts";
import { parseClipConfig } from "../models/clip/index.ts";
import { ndarray } from "../runtime/ndarray.ts";
import { type ModelChoices, openModelDirectory } from "./model-directory.ts";
import { type TensorToWrite, toStore, writeSafetensors } from "./safetensors.ts";
import { rowMajor } from "./strides.ts";
import { Weights } from "./weights.ts";

const zeros = (...shape: number[]): TensorToWrite =>
  toStore(ndarray(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape));

/** Tensors that tell the sizes of a CLIP in OpenAI's names. */
const openAi = (visionWidth = 64): Record<string, TensorToWrite> => ({
  logit_scale: zeros(),
  positional_embedding: zeros(77, 1),
  text_projection: zeros(64, 24),
  "token_embedding.weight": zeros(10, 64),
  "transformer.resblocks.0.mlp.c_fc.weight": zeros(256, 1),
  "ln_final.weight": zeros(64),
  "visual.conv1.weight": zeros(visionWidth, 1, 1, 8),
  "visual.positional_embedding": zeros(17, 1),
  "visual.transformer.resblocks.0.mlp.c_fc.weight": zeros(128, 1),
});

/** What OpenAI's own files have besides. */
const released = { input_resolution: zeros(), context_length: zeros(), vocab_size: zeros() };

async function open(
  tensors: Record<string, TensorToWrite>,
  { files = {}, path = "f/m.pt", ...choices }: ModelChoices & { files?: Record<string, string>; path?: string } = {},
) {
  const host = memoryFiles(files);
  await writeSafetensors(host, "f/m.pt", new Map(Object.entries(tensors)));
  return openModelDirectory(host, path, choices);
}

type Config = { readonly text_config: { hidden_act: string }; readonly vision_config: { num_attention_heads: number } };

describe("a CLIP in a file", () => {
  it("has the config that its tensors tell", async () => {
    const { index, json } = await open({ ...openAi(), ...released });
    expect(index).toBeUndefined();
    expect(await json("config.json")).toMatchObject({
      projection_dim: 24,
      text_config: { hidden_size: 64, num_hidden_layers: 1, num_attention_heads: 1, intermediate_size: 256 },
      vision_config: { hidden_size: 64, image_size: 32, patch_size: 8, intermediate_size: 128 },
    });
  });

  it.each<[string, Record<string, TensorToWrite>, ModelChoices & { files?: Record<string, string> }, string, boolean]>([
    ["quick in OpenAI's own files", { ...openAi(), ...released }, {}, "quick_gelu", false],
    ["assumed to be quick elsewhere", openAi(), {}, "quick_gelu", true],
    ["assumed not to be in towers as wide as LAION's", openAi(1280), {}, "gelu", true],
    ["what was chosen", openAi(), { activation: "gelu" }, "gelu", false],
    [
      "what open_clip's config says",
      openAi(),
      { files: { "f/open_clip_config.json": '{"model_cfg":{}}' } },
      "gelu",
      false,
    ],
  ])("its activation is %s", async (_, tensors, choices, activation, isAssumed) => {
    const { json, notes } = await open(tensors, choices);
    const { text_config, vision_config } = (await json("config.json")) as unknown as Config;
    expect([text_config.hidden_act, vision_config.num_attention_heads <= 16]).toEqual([activation, true]);
    expect(notes).toEqual(
      isAssumed ? [expect.stringMatching(/^f\/m.pt does not say which activation .*--activation/)] : [],
    );
  });

  it("of a training program has another beginning of its names", async () => {
    const { weights } = await open(
      Object.fromEntries(Object.entries(openAi()).map(([key, t]) => [`module.${key}`, t])),
    );
    expect((await weights("")).find("visual.conv1.weight")).toBeDefined();
    const text = Object.entries(openAi()).map(([key, t]) => [/^(visual|logit)/.test(key) ? key : `text.${key}`, t]);
    const custom = await open(Object.fromEntries(text) as Record<string, TensorToWrite>);
    expect((await custom.weights("")).find("ln_final.weight")).toBeDefined();
  });

  it("is found in a folder of open_clip's, with its preprocessing", async () => {
    const config = { model_cfg: { quick_gelu: true }, preprocess_cfg: { mean: [0.5, 0.5, 0.5], std: [1, 1, 1] } };
    const files = { "f/open_clip_config.json": JSON.stringify(config), "f/vocab.json": "{}" };
    const { path, json, has } = await open(openAi(), { path: "f", files });
    expect([path, await has("vocab.json")]).toEqual(["f", true]);
    expect(await json("preprocessor_config.json")).toMatchObject({
      image_mean: [0.5, 0.5, 0.5],
      size: { shortest_edge: 32 },
    });
  });

  it("is compiled as OpenAI published it", async () => {
    const release = golden("clip-full-openai").path("openai");
    const expected = await Weights.open(nodeHost(), release, ["clip.safetensors"]);
    const storages: Record<string, Uint8Array> = {};
    const modules = new Map<string, Value>();
    for (const key of expected.keys()) {
      const { dtype, shape } = expected.find(key)!;
      storages[key] = await expected.bytes(key);
      const elements = shape.reduce((a, b) => a * b, 1);
      const path = key.split(".");
      const into = path.slice(0, -1).reduce((state: Map<Value, Value>, name) => {
        if (!state.has(name)) state.set(name, new Call("__torch__.torch.nn.modules Module", [], new Map()));
        return (state.get(name) as Call).state as Map<Value, Value>;
      }, modules);
      into.set(path.at(-1)!, tensorValue({ dtype, key, elements, shape, strides: rowMajor(shape) }));
    }
    const file = torchZip(
      new Call("__torch__.multimodal.model.multimodal_transformer Multimodal", [], modules),
      storages,
    );
    const host = memoryFiles({ "f/ViT.pt": file });
    const directory = await openModelDirectory(host, "f/ViT.pt");
    const found = await directory.weights("");
    expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const key of expected.keys()) expect(Buffer.compare(await found.bytes(key), storages[key]!)).toBe(0);
    expect(directory.notes).toEqual([]);
    expect(parseClipConfig(await directory.json("config.json")).vision).toMatchObject({ heads: 2, imageSize: 32 });
  });

  it("without a vision transformer is refused", async () => {
    const { "visual.conv1.weight": _, ...tensors } = openAi();
    await expect((await open(tensors)).json("config.json")).rejects.toThrow(
      "f/m.pt holds no CLIP with a vision transformer: it has no vision_model.embeddings.patch_embedding.weight of use",
    );
  });
});
