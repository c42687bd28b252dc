import { readFileSync } from "node:fs";
import { describe, it } from "vitest";
import { input, type Tensor } from "../../src/graph/index.ts";
import { nodeHost } from "../../src/host/node.ts";
import { Autoencoder, parseAutoencoderConfig } from "../../src/models/vae/index.ts";
import { autoencoderKeys } from "../../src/weights/dialects.ts";
import { openWeights } from "../../src/weights/model-directory.ts";
import { expectClose, golden, type Tolerance, tensor } from "../support/golden.ts";
import { run, watch } from "../support/run.ts";

describe.each(["vae-oldnames", "vae-newnames"])("%s", (name) => {
  const reference = golden<{ tolerance: Tolerance }>(name);
  const config = parseAutoencoderConfig(JSON.parse(readFileSync(reference.path("vae/config.json"), "utf8")));
  const autoencoder = new Autoencoder(config);
  const returned = watch(autoencoder);
  const { channels, latentChannels, factor } = { ...config, factor: autoencoder.factor };

  const { mean, logvar } = autoencoder.encode(input("image", "f32", ["n", channels, `${factor}*h`, `${factor}*w`]));
  const std = logvar.mul(0.5).exp();
  const outputs: Record<string, Tensor> = {
    mean,
    logvar,
    std,
    sample: mean.add(std.mul(input("noise", "f32", ["n", latentChannels, "h", "w"]))),
    kl: mean.square().add(std.square()).sub(1).sub(logvar).sum([1, 2, 3]).mul(0.5),
    decoded: autoencoder.decode(input("latent", "f32", ["n", latentChannels, "h", "w"])),
    moments: returned.get("quant_conv") as Tensor,
    "encoder.down_blocks.0": returned.get("encoder.down_blocks.0") as Tensor,
    "decoder.mid_block": returned.get("decoder.mid_block") as Tensor,
  };

  it("has the checkpoint's keys and shapes", async () => {
    const weights = (await openWeights(nodeHost(), reference.path("vae"))).translate(autoencoderKeys);
    weights.check(new Map([...autoencoder.parameters].map(([key, p]) => [key, p.shape])));
  });

  it("computes what the reference computes", async () => {
    const weights = (await openWeights(nodeHost(), reference.path("vae"))).translate(autoencoderKeys);
    const computed = await run(outputs, Object.fromEntries(reference.inputs), weights);
    for (const path of reference.expected.keys()) {
      expectClose(computed[path]!, tensor(reference.expected, path), reference.case.tolerance);
    }
  });
});
