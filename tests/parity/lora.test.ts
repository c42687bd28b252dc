import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { input, type Tensor } from "../../src/graph/index.ts";
import { nodeHost } from "../../src/host/node.ts";
import { ClipText, parseClipTextConfig } from "../../src/models/clip/index.ts";
import { parseUNetConfig, UNet } from "../../src/models/unet/index.ts";
import { withLowRank } from "../../src/nn/index.ts";
import { type Branches, type LoraFile, readAdapters } from "../../src/pipelines/model/adapters.ts";
import type { NdArray } from "../../src/runtime/ndarray.ts";
import { clipKeys } from "../../src/weights/dialects.ts";
import { openWeights } from "../../src/weights/model-directory.ts";
import { expectClose, golden, type Tolerance, tensor } from "../support/golden.ts";
import { run } from "../support/run.ts";

const { path, expected, case: reference } = golden<{ scale: number; tolerance: Tolerance }>("lora");
const { scale, tolerance } = reference;
const [unetBase, textBase] = [golden("unet-sd1"), golden("clip-text-sd1")];
const json = (file: string): Record<string, unknown> => JSON.parse(readFileSync(file, "utf8"));
const unet = parseUNetConfig(json(unetBase.path("unet/config.json")));
const text = parseClipTextConfig(json(textBase.path("text_encoder/config.json")));

const branches = async (...loras: LoraFile[]) =>
  (await readAdapters(nodeHost(), { unet, text }, { loras: loras.map((lora) => ({ ...lora, file: path(lora.file) })) }))
    .branches;

const beside = (y: Tensor, { modules }: Branches): Tensor => withLowRank([y], new Set(modules))[0]!;

async function denoised(of: Branches): Promise<NdArray> {
  const said = new UNet(unet).forward(
    input("latents", "f32", ["n", unet.in, "h", "w"]),
    input("timestep", "i64", ["n"]),
    input("text", "f32", ["n", "l", unet.context]),
  );
  const inputs = {
    latents: tensor(unetBase.inputs, "sample"),
    timestep: tensor(unetBase.inputs, "timestep"),
    text: tensor(unetBase.inputs, "encoder_hidden_states"),
    ...of.inputs,
  };
  return (await run({ said: beside(said, of) }, inputs, await openWeights(nodeHost(), unetBase.path("unet")))).said!;
}

async function encoded(of: Branches): Promise<NdArray> {
  const ids = textBase.inputs.get("input_ids")!;
  const { hidden } = new ClipText(text).forward(input("ids", "i64", ["n", text.positions]));
  const weights = (await openWeights(nodeHost(), textBase.path("text_encoder"))).translate(clipKeys);
  return (await run({ hidden: beside(hidden, of) }, { ids, ...of.inputs }, weights)).hidden!;
}

describe.each([
  ["kohya.safetensors", "kohya"],
  ["kohya-locon-fp16.safetensors", "locon"],
  ["diffusers-attn-procs.safetensors", "diffusers"],
  ["peft.safetensors", "diffusers"],
])("%s", (file, name) => {
  it("changes what the denoiser says, and the texts, as the reference's merged weights do", async () => {
    const { unet: inUnet, text_encoder: inText } = await branches({ file, scale });
    expectClose(await denoised(inUnet), tensor(expected, `${name}.unet`), tolerance);
    const states = expected.has(`${name}.last_hidden_state`);
    if (states) expectClose(await encoded(inText), tensor(expected, `${name}.last_hidden_state`), tolerance);
    expect(inText.modules.length > 0).toBe(states);
  });
});

it("joins several, also where one is there twice, and takes away what counts for nothing", async () => {
  const file = "kohya.safetensors";
  const halves = await branches({ file, scale: 0.3 }, { file: "peft.safetensors", scale: 0 }, { file, scale: 0.5 });
  expectClose(await denoised(halves.unet), tensor(expected, "kohya.unet"), tolerance);
  const both = await branches({ file, scale }, { file: "kohya-locon-fp16.safetensors", scale: -scale });
  const back = await branches(
    { file, scale },
    { file: "kohya-locon-fp16.safetensors", scale: -scale },
    { file: "kohya-locon-fp16.safetensors", scale },
  );
  expect((await denoised(both.unet)).data).not.toEqual((await denoised(back.unet)).data);
  expectClose(await denoised(back.unet), tensor(expected, "kohya.unet"), tolerance);
  expect((await branches({ file, scale: 0 })).unet).toEqual({ modules: [], inputs: {} });
});
