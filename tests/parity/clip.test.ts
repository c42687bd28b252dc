import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { input, type Tensor } from "../../src/graph/index.ts";
import { nodeHost } from "../../src/host/node.ts";
import { Clip, ClipText, parseClipConfig, parseClipTextConfig, unit } from "../../src/models/clip/index.ts";
import { ints } from "../../src/runtime/ndarray.ts";
import { clipKeys } from "../../src/weights/dialects.ts";
import { measuredClip, settle, shapesOf as tensorsOf } from "../../src/weights/measured.ts";
import { openWeights } from "../../src/weights/model-directory.ts";
import { expectClose, type Golden, golden, type Tolerance, tensor } from "../support/golden.ts";
import { run } from "../support/run.ts";

const configOf = (reference: Golden<unknown>, folder: string): unknown =>
  JSON.parse(readFileSync(reference.path(`${folder}/config.json`), "utf8"));

const weightsOf = async (reference: Golden<unknown>, folder: string) =>
  (await openWeights(nodeHost(), reference.path(folder))).translate(clipKeys);

const shapesOf = (model: Clip | ClipText) => new Map([...model.parameters].map(([key, p]) => [key, p.shape]));

describe.each(["clip-text-sd1", "clip-text-sd2"])("%s", (name) => {
  const reference = golden<{ tolerance: Tolerance }>(name);
  const model = new ClipText(parseClipTextConfig(configOf(reference, "text_encoder")));
  const ids = input("input_ids", "i64", ["n", 77]);

  it("has the checkpoint's keys and shapes", async () => {
    (await weightsOf(reference, "text_encoder")).check(shapesOf(model));
  });

  it("computes what the reference computes, also with the last layer skipped", async () => {
    const { states, hidden, pooled } = model.forward(ids);
    const outputs: Record<string, Tensor> = {
      last_hidden_state: hidden,
      pooler_output: pooled,
      penultimate_hidden_state: states.at(-2)!,
      penultimate_layer_normed: model.forward(ids, 1).hidden,
    };
    const weights = await weightsOf(reference, "text_encoder");
    const computed = await run(outputs, Object.fromEntries(reference.inputs), weights);
    for (const [key, value] of Object.entries(computed)) {
      expectClose(value, tensor(reference.expected, key), reference.case.tolerance);
    }
  });
});

describe.each([
  ["clip-full-hf", "hf"],
  ["clip-full-openai", "hf"],
  ["clip-full-openai", "openai"],
])("%s in %s's naming", (name, folder) => {
  const reference = golden<{ tolerance: { embeds: number; logits: number } }>(name);

  it("computes embeddings and logits", async () => {
    const weights = await weightsOf(reference, folder);
    const json =
      folder === "hf"
        ? configOf(reference, folder)
        : settle(measuredClip(tensorsOf(weights), "clip.safetensors", "quick_gelu"), undefined);
    const model = new Clip(parseClipConfig(json));
    weights.check(shapesOf(model));
    const { imageSize } = model.config.vision;
    const pictures = input("pixel_values", "f32", ["m", 3, imageSize, imageSize]);
    const ids = input("input_ids", "i64", ["n", 77]);
    const [image, text] = [model.encodeImage(pictures), model.encodeText(ids)];
    const logits = model.forward(pictures, ids);
    const outputs: Record<string, Tensor> = {
      image_features: image,
      text_features: text,
      image_embeds: unit(image),
      text_embeds: unit(text),
      logits_per_image: logits,
      logits_per_text: logits.transpose([1, 0]),
      probs: logits.softmax(),
    };
    const inputs = {
      pixel_values: tensor(reference.expected, "pixel_values"),
      input_ids: tensor(reference.inputs, "input_ids"),
    };
    const { embeds, logits: ofLogits } = reference.case.tolerance;
    for (const [key, value] of Object.entries(await run(outputs, inputs, weights))) {
      expectClose(value, tensor(reference.expected, key), { atol: key.startsWith("logits") ? ofLogits : embeds });
    }
  });
});

it("reads a text off at its first end token, or at the first of its largest ids", async () => {
  const reference = golden("clip-text-sd1");
  const config = parseClipTextConfig(configOf(reference, "text_encoder"));
  const ids = input("ids", "i64", ["n", 6]);
  const byEnd = new ClipText({ ...config, end: 7 }).forward(ids);
  const byLargest = new ClipText({ ...config, end: "largest" }).forward(ids);
  const outputs = { hidden: byEnd.hidden, byEnd: byEnd.pooled, byLargest: byLargest.pooled };
  const feeds = { ids: ints([5, 7, 3, 7, 9, 9], [1, 6]) };
  const computed = await run(outputs, feeds, await weightsOf(reference, "text_encoder"));
  const hidden = (position: number) =>
    (computed.hidden!.data as Float32Array).slice(position * config.width, (position + 1) * config.width);
  expectClose(computed.byEnd!.data as Float32Array, hidden(1), { atol: 1e-6 });
  expectClose(computed.byLargest!.data as Float32Array, hidden(4), { atol: 1e-6 });
});

it("tells quick GELU from GELU: the reference's embeddings come with the activation of its config only", async () => {
  const reference = golden<{ tolerance: { embeds: number } }>("clip-full-openai");
  const json = configOf(reference, "hf") as Record<"text_config" | "vision_config", object>;
  const weights = await weightsOf(reference, "hf");
  const inputs = { ids: tensor(reference.inputs, "input_ids"), pixels: tensor(reference.expected, "pixel_values") };
  const off = async (activation: string): Promise<number[]> => {
    const hidden_act = { hidden_act: activation };
    const model = new Clip(
      parseClipConfig({
        ...json,
        text_config: { ...json.text_config, ...hidden_act },
        vision_config: { ...json.vision_config, ...hidden_act },
      }),
    );
    const { imageSize } = model.config.vision;
    const outputs = {
      text_embeds: unit(model.encodeText(input("ids", "i64", ["n", 77]))),
      image_embeds: unit(model.encodeImage(input("pixels", "f32", ["m", 3, imageSize, imageSize]))),
    };
    const computed = await run(outputs, inputs, weights);
    return Object.entries(computed).map(([key, value]) => {
      const wanted = tensor(reference.expected, key).data;
      return Math.max(...(value.data as Float32Array).map((x, i) => Math.abs(x - wanted[i]!)));
    });
  };
  const { embeds } = reference.case.tolerance;
  for (const difference of await off("quick_gelu")) expect(difference).toBeLessThan(embeds);
  for (const difference of await off("gelu")) expect(difference).toBeGreaterThan(10 * embeds);
});
