import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { nodeHost } from "../host/node.ts";
import { writeSafetensors } from "../weights/safetensors.ts";
import type { StoredDType } from "../weights/stored.ts";
import { inspect } from "./inspect.ts";

const fixtures = fileURLToPath(new URL("../../tests/fixtures/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "latentkit-"));
afterAll(() => rmSync(folder, { recursive: true }));

const host = nodeHost();

/** A file of empty tensors, since only names tell what it is. */
async function file(keys: readonly string[], dtype: StoredDType = "F32"): Promise<string> {
  const path = join(folder, `${keys.length}-${dtype}-${keys[0]}.safetensors`);
  const empty = { dtype, shape: [0], bytes: () => new Uint8Array() };
  await writeSafetensors(host, path, new Map(keys.map((key) => [key, empty])), { note: "made up" });
  return path;
}

describe("a model directory", () => {
  it("is shown network by network", async () => {
    const found = await inspect(host, join(fixtures, "e2e-sd1/model/"));
    expect(found).toMatchObject({
      path: join(fixtures, "e2e-sd1/model"),
      family: "latent diffusion",
      prediction: "epsilon",
      resolution: 64,
    });
    expect(found.components.map(({ name, kind }) => [name, kind])).toEqual([
      ["text_encoder", "CLIPTextModel"],
      ["unet", "UNet2DConditionModel"],
      ["vae", "AutoencoderKL"],
    ]);
    const [text] = found.components;
    // Its position_ids are 77 integers, and no parameters.
    expect(text!.precision.I64).toBe(77 * 8);
    expect(text!.parameters).toBe(text!.precision.F32! / 4);
    expect(found.parameters).toBe(found.components.reduce((sum, { parameters }) => sum + parameters, 0));
    expect(found.bytes).toBeGreaterThan(found.components.reduce((sum, { bytes }) => sum + bytes, 0));
  });

  it("is told from its U-Net's configuration", async () => {
    const model = join(folder, "model");
    cpSync(join(fixtures, "e2e-sd1/model"), model, { recursive: true });
    const families: string[] = [];
    for (const config of [
      { block_out_channels: [320, 640, 1280, 1280], cross_attention_dim: 768, in_channels: 4 },
      { block_out_channels: [320, 640, 1280, 1280], cross_attention_dim: 768, in_channels: 9 },
      { block_out_channels: [320, 640, 1280, 1280], cross_attention_dim: 1024, in_channels: 4 },
    ]) {
      writeFileSync(join(model, "unet/config.json"), JSON.stringify(config));
      families.push((await inspect(host, model)).family);
    }
    expect(families).toEqual(["Stable Diffusion 1.x", "Stable Diffusion 1.x, in-painting", "Stable Diffusion 2.x"]);
    expect((await inspect(host, model)).drawing).toBeUndefined();
    writeFileSync(join(model, "generation_config.json"), '{"guidance_scale": 4}');
    expect((await inspect(host, model)).drawing).toEqual({ steps: 20, guidance: 4 });
    writeFileSync(join(model, "scheduler/scheduler_config.json"), '{"prediction_type": 1}');
    await expect(inspect(host, model)).rejects.toThrow("prediction_type is 1, not a word");
  });

  it("can be of one network", async () => {
    const found = await inspect(host, join(fixtures, "clip-full-hf/hf"));
    expect(found).toMatchObject({ family: "CLIP", components: [{ name: "model", kind: "CLIPModel" }] });
  });
});

describe("a weight file", () => {
  it.each([
    ["LoRA", ["lora_unet_down_blocks_0.lora_up.weight"]],
    ["LoRA", ["unet.down_blocks.0.attn1.to_q.lora_A.weight"]],
    ["Stable Diffusion 1.x, single file", ["model.diffusion_model.out.0.weight", "cond_stage_model.transformer.x"]],
    [
      "Stable Diffusion 2.x, single file",
      ["model.diffusion_model.out.0.weight", "cond_stage_model.model.ln_final.bias"],
    ],
    ["U-Net of a single file", ["model.diffusion_model.out.0.weight"]],
    ["CLIP, OpenAI's names", ["logit_scale", "visual.proj"]],
    ["CLIP, transformers' names", ["logit_scale", "vision_model.x"]],
    ["CLIP text tower", ["text_model.final_layer_norm.bias"]],
    ["U-Net, diffusers' names", ["down_blocks.0.attentions.0.transformer_blocks.0.norm1.bias"]],
    ["autoencoder", ["decoder.up_blocks.0.resnets.0.norm1.bias"]],
    ["unknown", ["w"]],
  ])("is %s by its names", async (family, keys) => {
    expect(await inspect(host, await file(keys))).toMatchObject({ family, metadata: { note: "made up" } });
  });

  it("is shown group by group", async () => {
    const found = await inspect(host, join(fixtures, "clip-full-openai/openai/clip.safetensors"));
    const visual = found.components.find(({ name }) => name === "visual");
    expect(Object.keys(visual!.precision).sort()).toEqual(["F16", "F32"]);
    expect(found.bytes).toBeGreaterThan(found.components.reduce((sum, { bytes }) => sum + bytes, 0));
  });

  it("or a folder that is not there is said so", async () => {
    await expect(inspect(host, "nowhere")).rejects.toThrow("no model in nowhere: it does not exist");
    await expect(inspect(host, "nowhere.safetensors")).rejects.toThrow("nowhere.safetensors");
  });
});
