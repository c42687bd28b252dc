import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memoryFiles } from "../../tests/support/memory-files.ts";
import { tensorValue, torchZip } from "../../tests/support/torch-files.ts";
import { ndarray } from "../runtime/ndarray.ts";
import { type LoraTarget, readLora } from "./lora.ts";
import { toStore, writeSafetensors } from "./safetensors.ts";

const model: LoraTarget = {
  unet: new Map([
    ["down_blocks.0.attn1.to_q.weight", [4, 3]],
    ["down_blocks.0.attn1.to_out.0.weight", [4, 3]],
    ["conv_in.weight", [4, 3, 3, 3]],
    ["conv_in.bias", [4]],
    ["norm.weight", [4]],
  ]),
  text_encoder: new Map([
    ["text_model.encoder.layers.0.self_attn.q_proj.weight", [4, 3]],
    ["text_model.embeddings.token_embedding.weight", [4, 3]],
  ]),
};

type Shapes = Readonly<Record<string, readonly number[]>>;

async function read(shapes: Shapes) {
  const host = memoryFiles();
  const tensors = Object.entries(shapes).map(([name, shape], i) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return [name, toStore(ndarray(new Float32Array(size).fill(i + 1), shape))] as const;
  });
  await writeSafetensors(host, "l/x.safetensors", new Map(tensors));
  return readLora(host, "l/x.safetensors", model);
}

const toQ = "down_blocks.0.attn1.to_q";
const toOut = "down_blocks.0.attn1.to_out.0";
const qProj = "text_model.encoder.layers.0.self_attn.q_proj";

describe("LoRAs", () => {
  it.each<[string, string, string]>([
    ["lora_unet_down_blocks_0_attn1_to_q.lora_down.weight", "lora_unet_down_blocks_0_attn1_to_q.lora_up.weight", toQ],
    [
      "lora_unet_down_blocks_0_attn1_to_out_0.lora_down.weight",
      "lora_unet_down_blocks_0_attn1_to_out_0.lora_up.weight",
      toOut,
    ],
    ["down_blocks.0.attn1.processor.to_q_lora.down.weight", "down_blocks.0.attn1.processor.to_q_lora.up.weight", toQ],
    [
      "unet.down_blocks.0.attn1.processor.to_out_lora.down.weight",
      "unet.down_blocks.0.attn1.processor.to_out_lora.up.weight",
      toOut,
    ],
    [`unet.${toQ}.lora.down.weight`, `unet.${toQ}.lora.up.weight`, toQ],
    [`unet.${toOut}.lora_A.weight`, `unet.${toOut}.lora_B.weight`, toOut],
    [`base_model.model.${toQ}.lora_A.default.weight`, `base_model.model.${toQ}.lora_B.default.weight`, toQ],
    [`text_encoder.${qProj}.lora_linear_layer.down.weight`, `text_encoder.${qProj}.lora_linear_layer.up.weight`, qProj],
    [`${qProj}.lora_A.weight`, `${qProj}.lora_B.weight`, qProj],
    [
      "text_encoder.text_model.encoder.layers.0.self_attn.to_q_lora.down.weight",
      "text_encoder.text_model.encoder.layers.0.self_attn.to_q_lora.up.weight",
      qProj,
    ],
    [
      "lora_te_text_model_encoder_layers_0_self_attn_q_proj.lora_down.weight",
      "lora_te_text_model_encoder_layers_0_self_attn_q_proj.lora_up.weight",
      qProj,
    ],
  ])("know %s", async (down, up, module) => {
    const { unet, text_encoder: text } = await read({ [down]: [2, 3], [up]: [4, 2] });
    const change = { rank: 2, down: new Float32Array(6).fill(1), up: new Float32Array(8).fill(2), factor: 1 };
    expect([...unet, ...text]).toEqual([[module, change]]);
    expect(text.size).toBe(Number(module === qProj));
  });

  it("have a strength of alpha by rank, and kernels", async () => {
    const { unet } = await read({
      "lora_unet_conv_in.lora_down.weight": [2, 3, 3, 3],
      "lora_unet_conv_in.lora_up.weight": [4, 2, 1, 1],
      "lora_unet_conv_in.alpha": [],
      "lora_unet_down_blocks_0_attn1_to_q.lora_down.weight": [2, 3, 1, 1],
      "lora_unet_down_blocks_0_attn1_to_q.lora_up.weight": [4, 2, 1, 1],
    });
    expect([...unet].map(([module, { rank, factor }]) => [module, rank, factor])).toEqual([
      ["conv_in", 2, 1.5],
      [toQ, 2, 1],
    ]);
  });

  it("are read from pickles", async () => {
    const host = memoryFiles();
    const view = (shape: number[]) =>
      tensorValue({ dtype: "F32", key: "0", elements: 8, shape, strides: [shape[1]!, 1] });
    const state = new Map([
      [`unet.${toQ}.lora.down.weight`, view([2, 3])],
      [`unet.${toQ}.lora.up.weight`, view([4, 2])],
    ]);
    const values = Float32Array.from({ length: 8 }, (_, i) => i);
    host.files.set("l/pytorch_lora_weights.bin", torchZip(state, { "0": new Uint8Array(values.buffer) }));
    const { unet } = await readLora(host, "l/pytorch_lora_weights.bin", model);
    expect(unet.get(toQ)).toEqual({ rank: 2, down: values.slice(0, 6), up: values, factor: 1 });
  });

  const [down, up] = ["lora_unet_conv_in.lora_down.weight", "lora_unet_conv_in.lora_up.weight"];
  it.each<[Shapes, string]>([
    [{}, "l/x.safetensors holds no LoRA"],
    [{ [down]: [2, 3, 3, 3] }, "has but one half of what changes conv_in"],
    [{ [down]: [2, 3, 3, 3], [up]: [5, 2, 1, 1] }, "[5,2,1,1] do not fit a weight [4,3,3,3]: it is of another model"],
    [{ [down]: [2, 3, 3, 3], [up]: [4, 3, 1, 1] }, "do not fit a weight"],
    [{ [down]: [0, 3, 3, 3], [up]: [4, 0, 1, 1] }, "do not fit a weight"],
    [{ [down]: [2, 27], [up]: [4, 2] }, "do not fit a weight"],
    [{ "lora_unet_conv_in.alpha": [] }, "has but one half of what changes conv_in"],
    [{ "lora_unet_conv_out.lora_up.weight": [4, 2] }, "which this model has not: it is of another model"],
    [{ "lora_unet_norm.lora_up.weight": [4, 2] }, "which this model has not"],
    [{ "lora_te_text_model_embeddings_token_embedding.lora_up.weight": [4, 2] }, "which this model has not"],
    [{ "lora_unet_conv_in.hada_w1_a": [4, 2] }, "hada_w1_a is not of a LoRA; only LoRA and LoCon are read"],
    [{ "lora_unet_conv_in.lora_mid.weight": [4, 2] }, "only LoRA and LoCon are read"],
    [{ "lora_unet_conv_in.dora_scale": [4, 2] }, "only LoRA and LoCon are read"],
    [{ [down]: [2, 3, 3, 3], "unet.conv_in.lora_A.weight": [2, 3, 3, 3] }, "lora_A.weight for one half of conv_in"],
  ])("are refused: %o", async (shapes, message) => {
    await expect(read(shapes)).rejects.toThrow(message);
  });

  it("have any names without harm", async () => {
    const part = fc.constantFrom(
      "lora_unet_",
      "unet.",
      "conv_in",
      toQ,
      ".lora_A.weight",
      ".alpha",
      ".processor",
      "to_q_lora",
      ".",
      "__proto__",
      "é",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 5 }), async (parts) => {
        await read({ [parts.join("")]: [2, 3] }).then(
          () => expect.unreachable(),
          (error: Error) => expect([error.name, error.message.includes("\n")]).toEqual(["UserError", false]),
        );
      }),
      { numRuns: 50 },
    );
  });
});
