import { describe, expect, it } from "vitest";
import { type MemoryFiles, memoryFiles } from "../../tests/support/memory-files.ts";
import { ndarray } from "../runtime/ndarray.ts";
import { emaKeys } from "./ema.ts";
import { type ModelChoices, type ModelDirectory, openModelDirectory } from "./model-directory.ts";
import { type TensorToWrite, toStore, writeSafetensors } from "./safetensors.ts";

const zeros = (...shape: number[]): TensorToWrite =>
  toStore(ndarray(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape));

/** Tensors that tell all sizes of a U-Net of two levels, with 32 and 64 channels. */
const unet = (inputs = 4, context = 8, linear = false): Record<string, TensorToWrite> => {
  const attention = "input_blocks.1.1";
  const tensors = {
    "input_blocks.0.0.weight": zeros(32, inputs, 3, 3),
    "input_blocks.1.0.in_layers.2.weight": zeros(linear ? 64 : 32, 1, 1, 1),
    [`${attention}.norm.weight`]: zeros(32),
    [`${attention}.proj_in.weight`]: linear ? zeros(4, 4) : zeros(4, 4, 1, 1),
    [`${attention}.transformer_blocks.0.attn2.to_k.weight`]: zeros(1, context),
    "input_blocks.2.0.op.weight": zeros(1),
    "input_blocks.3.0.in_layers.2.weight": zeros(64, 1, 1, 1),
    "out.2.weight": zeros(4, 1, 1, 1),
  };
  return Object.fromEntries(Object.entries(tensors).map(([key, t]) => [`model.diffusion_model.${key}`, t]));
};

const autoencoder = {
  "encoder.down.0.block.0.conv1.weight": zeros(32, 1, 1, 1),
  "encoder.down.1.block.0.conv1.weight": zeros(64, 1, 1, 1),
  "encoder.mid.block_1.conv1.weight": zeros(1),
  "encoder.mid.attn_1.q.weight": zeros(2, 2, 1, 1),
  "encoder.conv_in.weight": zeros(1, 3, 1, 1),
  "decoder.conv_in.weight": zeros(1, 4, 1, 1),
  "decoder.conv_out.weight": zeros(3, 1, 1, 1),
};

const below = (start: string, tensors: Record<string, TensorToWrite>): Record<string, TensorToWrite> =>
  Object.fromEntries(Object.entries(tensors).map(([key, tensor]) => [start + key, tensor]));

async function folder(
  tensors: Record<string, TensorToWrite>,
  files: Record<string, string> = {},
): Promise<MemoryFiles> {
  const host = memoryFiles(files);
  await writeSafetensors(host, "f/m.safetensors", new Map(Object.entries(tensors)));
  return host;
}

const open = async (
  tensors: Record<string, TensorToWrite>,
  { files, ...choices }: ModelChoices & { files?: Record<string, string> } = {},
): Promise<ModelDirectory> => openModelDirectory(await folder(tensors, files), "f/m.safetensors", choices);

describe("a checkpoint", () => {
  it("has the configs that its tensors tell", async () => {
    const directory = await open({ ...unet(9), ...below("first_stage_model.", autoencoder) });
    expect(await directory.json("unet/config.json")).toMatchObject({
      block_out_channels: [32, 64],
      attention_head_dim: 8,
      cross_attention_dim: 8,
      down_block_types: ["CrossAttnDownBlock2D", "DownBlock2D"],
      in_channels: 9,
      layers_per_block: 1,
      up_block_types: ["UpBlock2D", "CrossAttnUpBlock2D"],
      use_linear_projection: false,
    });
    expect(await directory.json("vae/config.json")).toMatchObject({
      block_out_channels: [32, 64],
      latent_channels: 4,
      layers_per_block: 1,
      scaling_factor: 0.18215,
    });
    expect(await directory.json("scheduler/scheduler_config.json")).toMatchObject({ prediction_type: "epsilon" });
    const vae = await directory.weights("vae");
    expect(vae.find("encoder.mid_block.attentions.0.to_q.weight")?.shape).toEqual([2, 2]);
  });

  it("has the config beside it where that fits, and its own where it does not", async () => {
    const config = { block_out_channels: [32, 64], attention_head_dim: 4, norm_num_groups: 16 };
    const beside = async (changes: object) =>
      (await open(unet(), { files: { "f/unet/config.json": JSON.stringify({ ...config, ...changes }) } })).json(
        "unet/config.json",
      );
    expect(await beside({})).toEqual(config);
    expect(await beside({ block_out_channels: [32, 32] })).toMatchObject({ attention_head_dim: 8 });
  });

  it("says what it lacks, and what cannot be told", async () => {
    const directory = await open(unet());
    await expect(directory.json("vae/config.json")).rejects.toThrow(
      "f/m.safetensors holds no autoencoder: name one with --vae",
    );
    await expect(directory.text("tokenizer/vocab.json")).rejects.toThrow(
      "f/m.safetensors comes without a tokenizer: put CLIP's vocab.json and merges.txt into the folder f/tokenizer",
    );
    const odd = await open({
      ...unet(),
      "model.diffusion_model.input_blocks.3.0.in_layers.2.weight": zeros(5, 1, 1, 1),
    });
    await expect(odd.json("unet/config.json")).rejects.toThrow("cannot be told from its 32,5 channels; put its config");
    await expect(open({ w: zeros(1) })).rejects.toThrow("f/m.safetensors is neither Stable Diffusion nor a CLIP by");
  });

  it("has the tokenizer beside it, or the one that is named", async () => {
    const files = { "f/vocab.json": "1", "f/tokenizer/vocab.json": "2", "g/vocab.json": "3", "g/merges.txt": "" };
    expect(await (await open(unet(), { files })).text("tokenizer/vocab.json")).toBe("2");
    expect(await (await open(unet(), { files, tokenizer: "g" })).text("tokenizer/vocab.json")).toBe("3");
    await expect(open(unet(), { tokenizer: "h" })).rejects.toThrow("there is no vocab.json in h, named by --tokenizer");
  });
});

describe("Stable Diffusion 2", () => {
  const shifts = (spread: number): TensorToWrite =>
    toStore(
      ndarray(
        Float32Array.from({ length: 64 }, (_, i) => (i % 2 ? spread : -spread)),
        [64],
      ),
    );
  const key = "model.diffusion_model.output_blocks.11.1.transformer_blocks.0.norm1.bias";
  const text = { "cond_stage_model.model.ln_final.weight": zeros(1) };
  const deep = (bias: TensorToWrite): Record<string, TensorToWrite> => ({
    ...text,
    ...unet(4, 8, true),
    ...Object.fromEntries(
      [3, 6, 9].flatMap((n) => [
        [`model.diffusion_model.input_blocks.${n}.0.op.weight`, zeros(1)],
        [`model.diffusion_model.input_blocks.${n + 1}.0.in_layers.2.weight`, zeros(64, 1, 1, 1)],
        [`model.diffusion_model.input_blocks.${n + 1}.1.norm.weight`, zeros(1)],
      ]),
    ),
    [key]: bias,
  });

  it("predicts the velocity where its norms' shifts are spread, and noise otherwise", async () => {
    const prediction = async (spread: number) => {
      const all = deep(shifts(spread));
      delete all["model.diffusion_model.input_blocks.2.0.op.weight"];
      const directory = await open(all);
      const { prediction_type } = await directory.json("scheduler/scheduler_config.json");
      return [prediction_type, (await directory.json("unet/config.json")).sample_size];
    };
    expect(await prediction(0.2)).toEqual(["v_prediction", 96]);
    expect(await prediction(0.05)).toEqual(["epsilon", 64]);
  });

  it("pads texts with zeros", async () => {
    expect(await (await open({ ...unet(4, 8, true), ...text })).json("tokenizer/special_tokens_map.json")).toEqual({
      pad_token: "!",
    });
  });
});

describe("running averages", () => {
  it("are told from names without dots", () => {
    const names = {
      out2weight: "out.2.weight",
      time_embed0bias: "time_embed.0.bias",
      input_blocks30opweight: "input_blocks.3.0.op.weight",
      input_blocks10emb_layers1bias: "input_blocks.1.0.emb_layers.1.bias",
      output_blocks110skip_connectionweight: "output_blocks.11.0.skip_connection.weight",
      output_blocks52convbias: "output_blocks.5.2.conv.bias",
      middle_block1normweight: "middle_block.1.norm.weight",
      middle_block1transformer_blocks0norm3bias: "middle_block.1.transformer_blocks.0.norm3.bias",
      middle_block1transformer_blocks0ffnet0projweight: "middle_block.1.transformer_blocks.0.ff.net.0.proj.weight",
      middle_block1transformer_blocks0ffnet2weight: "middle_block.1.transformer_blocks.0.ff.net.2.weight",
      output_blocks111transformer_blocks0attn2to_out0bias:
        "output_blocks.11.1.transformer_blocks.0.attn2.to_out.0.bias",
      output_blocks111transformer_blocks0attn1to_kweight: "output_blocks.11.1.transformer_blocks.0.attn1.to_k.weight",
    };
    const shapes = new Map(Object.keys(names).map((name) => [`model_ema.diffusion_model${name}`, [1]]));
    expect([...emaKeys(shapes.set("model_ema.decay", [])).keys()]).toEqual(Object.values(names));
  });

  it("are used when they are alone, or asked for", async () => {
    const averages = { "model_ema.diffusion_modelout2weight": zeros(1) };
    const shape = async (tensors: Record<string, TensorToWrite>, choices: ModelChoices = {}) =>
      (await (await open(tensors, choices)).weights("unet")).find("conv_out.weight")?.shape;
    expect(await shape(averages)).toEqual([1]);
    expect(await shape({ ...unet(), ...averages })).toEqual([4, 1, 1, 1]);
    expect(await shape({ ...unet(), ...averages }, { ema: true })).toEqual([1]);
    await expect(open(unet(), { ema: true })).rejects.toThrow("has no running averages of its U-Net (model_ema)");
  });
});

describe("an autoencoder from elsewhere", () => {
  it.each<[string, string]>([
    ["by itself", ""],
    ["in a checkpoint", "first_stage_model."],
  ])("%s replaces the model's own, but for its scale", async (_, start) => {
    const host = await folder(unet(), { "f/vae/config.json": '{"scaling_factor": 0.5, "block_out_channels": [1]}' });
    await writeSafetensors(host, "v/vae.pt", new Map(Object.entries(below(start, autoencoder))));
    const directory = await openModelDirectory(host, "f/m.safetensors", { vae: "v/vae.pt" });
    expect(await directory.json("vae/config.json")).toMatchObject({
      block_out_channels: [32, 64],
      scaling_factor: 0.18215,
    });
    expect((await directory.weights("vae")).folder).toBe("v");
    await expect(openModelDirectory(host, "f/m.safetensors", { vae: "f/m.safetensors" })).rejects.toThrow(
      "f/m.safetensors holds no autoencoder by the names of its tensors",
    );
  });
});
