import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tinySizes, writeRandomModel } from "../../tests/support/tiny-model.ts";
import { drawingDefaultsToJson } from "../diffusion/index.ts";
import { nodeHost } from "../host/node.ts";
import { clipTextConfigToJson, unetConfigToJson } from "../models/index.ts";
import { ndarray } from "../runtime/ndarray.ts";
import { bf16ToF32, f32ToBf16 } from "../weights/half.ts";
import { openModelDirectory } from "../weights/model-directory.ts";
import { toStore, writeSafetensors } from "../weights/safetensors.ts";
import { Weights } from "../weights/weights.ts";
import { type ConvertOptions, convert } from "./convert.ts";
import { DiffusionModel } from "./model/diffusion-model.ts";

const host = nodeHost();
const root = mkdtempSync(join(tmpdir(), "latentkit-"));
const at = (name: string): string => join(root, name);
const write = (name: string, text: string) => host.write(at(name), [new TextEncoder().encode(text)]);
const lora = ndarray(Float32Array.of(1, 1 / 3), [2, 1]);
const goldens = fileURLToPath(new URL("../../tests/fixtures/", import.meta.url));
beforeAll(async () => {
  await writeRandomModel(at("tiny"));
  const defaults = `${JSON.stringify(drawingDefaultsToJson({ steps: 4, guidance: 1.5 }))}\n`;
  await write("tiny/generation_config.json", defaults);
  await write("tiny/README.md", "# tiny\n");
  await write("tiny/LICENSE", "Public domain.\n");
  await writeSafetensors(host, at("tiny/lcm.safetensors"), new Map([["down", toStore(lora)]]), { rank: "2" });
});
afterAll(() => rmSync(root, { recursive: true }));

async function converted(from: string, to: string, options?: ConvertOptions): Promise<string> {
  for await (const { done, total } of convert(host, from, to, options)) expect(done).toBeLessThanOrEqual(total);
  return to;
}

/** The shapes of all weights of a part, and the numbers of some of them, by key. */
async function weightsOf(path: string, part: string): Promise<ReadonlyMap<string, readonly number[] | Float32Array>> {
  const weights = await (await openModelDirectory(host, path)).weights(part);
  const keys = [...weights.keys()].filter((key) => !key.endsWith("position_ids")).sort();
  const read = async (key: string, i: number) =>
    [key, i % 8 === 0 ? await weights.read(key) : weights.find(key)!.shape] as const;
  return new Map(await Promise.all(keys.map(read)));
}

const parts = ["unet", "vae", "text_encoder"];

describe("a diffusion model", () => {
  it("is the same after it was a single file", async () => {
    const file = await converted(at("tiny"), at("tiny.safetensors"));
    const weights = await Weights.open(host, root, ["tiny.safetensors"]);
    expect(weights.find("first_stage_model.encoder.mid.attn_1.q.weight")?.shape).toEqual([8, 8, 1, 1]);
    expect(weights.find("model.diffusion_model.input_blocks.2.0.op.weight")?.dtype).toBe("F16");
    const folder = await converted(file, at("again"));
    for (const part of parts) expect(await weightsOf(folder, part)).toEqual(await weightsOf(at("tiny"), part));
    for (const name of [
      "generation_config.json",
      "README.md",
      "LICENSE",
      "unet/config.json",
      "tokenizer/merges.txt",
      "scheduler/scheduler_config.json",
    ])
      expect(readFileSync(join(folder, name), "utf8")).toBe(readFileSync(join(at("tiny"), name), "utf8"));
    const [a, b] = await Promise.all([at("tiny"), file].map((path) => DiffusionModel.open(host, path)));
    expect(b!.configs).toEqual(a!.configs);
    expect(b!.defaults).toEqual({ steps: 4, guidance: 1.5 });
    expect((await b!.tokenizer()).tokenize("a bear")).toEqual((await a!.tokenizer()).tokenize("a bear"));
  });

  it("of the second kind has its text encoder in open_clip's names", async () => {
    const { unet, clip } = tinySizes;
    const second = { ...unet, projection: "linear" } as const;
    await writeRandomModel(at("second"), { ...tinySizes, unet: second }, 2);
    const text = JSON.stringify(clipTextConfigToJson({ ...clip.text, activation: "gelu" }));
    await host.write(at("second/text_encoder/config.json"), [new TextEncoder().encode(text)]);
    const file = await converted(at("second"), at("second.safetensors"));
    const weights = await Weights.open(host, root, ["second.safetensors"]);
    const stacked = "cond_stage_model.model.transformer.resblocks.1.attn.in_proj_weight";
    expect(weights.find(stacked)?.shape).toEqual([3 * clip.text.width, clip.text.width]);
    for (const part of parts) expect(await weightsOf(file, part)).toEqual(await weightsOf(at("second"), part));
    const directory = await openModelDirectory(host, file);
    expect(await directory.json("unet/config.json")).toEqual(JSON.parse(JSON.stringify(unetConfigToJson(second))));
  });

  it("is written in the precision that was asked for", async () => {
    const folder = await converted(join(goldens, "single-file-sd1/model.ckpt"), at("bf16"), { precision: "bf16" });
    const found = await (await openModelDirectory(host, folder)).weights("unet");
    const whole = await weightsOf(join(goldens, "single-file-sd1/model.ckpt"), "unet");
    for (const [key, values] of whole) {
      expect(found.find(key)?.dtype).toBe("BF16");
      if (values instanceof Float32Array) expect(await found.read(key)).toEqual(bf16ToF32(f32ToBf16(values)));
    }
  });

  it("keeps the LoRA with which it draws in few steps", async () => {
    const read = async (folder: string) => Weights.open(host, folder, ["lcm.safetensors"]);
    const kept = await read(await converted(at("tiny"), at("tiny-again")));
    expect(await kept.read("down")).toEqual(lora.data);
    expect(kept.metadata).toMatchObject({ rank: "2" });
    const half = await read(await converted(at("tiny"), at("tiny-half"), { precision: "fp16" }));
    expect(half.find("down")?.dtype).toBe("F16");
    expect(await host.exists(at("again/lcm.safetensors"))).toBe(false);
  });

  it("leaves no model where it failed", async () => {
    cpSync(at("tiny"), at("broken"), { recursive: true });
    rmSync(at("broken/vae/diffusion_pytorch_model.safetensors"));
    await expect(converted(at("broken"), at("never"))).rejects.toThrow("there are no weights in");
    expect(await host.exists(at("never/model_index.json"))).toBe(false);
  });
});

it("a CLIP in OpenAI's names becomes one in transformers'", async () => {
  const folder = await converted(join(goldens, "clip-full-openai/openai/clip.safetensors"), at("clip"));
  const expected = await weightsOf(join(goldens, "clip-full-openai/hf"), "");
  const found = await weightsOf(folder, "");
  expect(found).toEqual(expected);
  const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")) as object;
  expect(config).toMatchObject({ projection_dim: 24, vision_config: { patch_size: 8, num_attention_heads: 2 } });
});
