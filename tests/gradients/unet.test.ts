import { readFileSync } from "node:fs";
import { it } from "vitest";
import { input } from "../../src/graph/index.ts";
import { nodeHost } from "../../src/host/node.ts";
import { parseUNetConfig, UNet } from "../../src/models/unet/index.ts";
import { type NdArray, ndarray } from "../../src/runtime/ndarray.ts";
import { openWeights } from "../../src/weights/model-directory.ts";
import { golden, tensor } from "../support/golden.ts";
import { expectGradients, type GradientCase } from "../support/gradients.ts";

it("has the reference's gradients of the noise's squared error", async () => {
  const reference = golden<GradientCase>("grad-unet");
  const unet = new UNet(parseUNetConfig(JSON.parse(readFileSync(reference.path("unet/config.json"), "utf8"))));
  const first = (name: string): NdArray<"f32"> => {
    const { data, shape } = tensor(reference.inputs, name);
    return ndarray(data.slice(0, data.length / shape[0]!), shape.slice(1));
  };
  const [noise, text] = [first("noise"), first("encoder_hidden_states")];
  const timesteps = (reference.inputs.get("timesteps") as NdArray<"i64">).data.slice(0, 2);
  const feeds: Record<string, NdArray> = {
    noisy: tensor(reference.expected, "noisy_latents"),
    noise,
    text,
    timestep: { dtype: "i64", shape: [2], data: timesteps },
  };
  const [noisyIn, textIn] = [input("noisy", "f32", noise.shape), input("text", "f32", text.shape)];
  const predicted = unet.forward(noisyIn, input("timestep", "i64", [2]), textIn);
  const loss = predicted
    .sub(input("noise", "f32", noise.shape))
    .square()
    .mean();
  const weights = await openWeights(nodeHost(), reference.path("unet"));
  await expectGradients(reference, loss, unet.parameters, feeds, weights, {
    grad_noisy_latents: noisyIn,
    grad_encoder_hidden_states: textIn,
  });
});
