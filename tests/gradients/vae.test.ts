import { readFileSync } from "node:fs";
import { it } from "vitest";
import { input } from "../../src/graph/index.ts";
import { nodeHost } from "../../src/host/node.ts";
import { Autoencoder, parseAutoencoderConfig } from "../../src/models/vae/index.ts";
import { autoencoderKeys } from "../../src/weights/dialects.ts";
import { openWeights } from "../../src/weights/model-directory.ts";
import { golden, tensor } from "../support/golden.ts";
import { expectGradients, type GradientCase } from "../support/gradients.ts";

it("has the reference's gradients of squared error and KL divergence, through the drawn latents", async () => {
  const reference = golden<GradientCase>("grad-vae");
  const config = parseAutoencoderConfig(JSON.parse(readFileSync(reference.path("vae/config.json"), "utf8")));
  const autoencoder = new Autoencoder(config);
  const image = input("image", "f32", tensor(reference.inputs, "image").shape);
  const noise = input("noise", "f32", tensor(reference.inputs, "noise").shape);
  const { mean, logvar } = autoencoder.encode(image);
  const latents = mean.add(logvar.mul(0.5).exp().mul(noise));
  const kl = mean.square().add(logvar.exp()).sub(1).sub(logvar).sum([1, 2, 3]).mul(0.5);
  const loss = autoencoder.decode(latents).sub(image).square().mean().add(kl.mean().mul(1e-3));
  const weights = (await openWeights(nodeHost(), reference.path("vae"))).translate(autoencoderKeys);
  await expectGradients(reference, loss, autoencoder.parameters, Object.fromEntries(reference.inputs), weights);
});
