import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { input, Tensor } from "../../src/graph/index.ts";
import { nodeHost } from "../../src/host/node.ts";
import { parseUNetConfig, UNet } from "../../src/models/unet/index.ts";
import { sinusoids } from "../../src/models/unet/time-embedding.ts";
import { openWeights } from "../../src/weights/model-directory.ts";
import { expectClose, golden, type Tolerance, tensor } from "../support/golden.ts";
import { run, watch } from "../support/run.ts";

describe.each(["unet-sd1", "unet-sd2"])("%s", (name) => {
  const reference = golden<{ tolerance: Tolerance }>(name);
  const config = parseUNetConfig(JSON.parse(readFileSync(reference.path("unet/config.json"), "utf8")));
  const unet = new UNet(config);
  const returned = watch(unet);
  const latents = input("latents", "f32", ["n", config.in, "h", "w"]);
  const timestep = input("timestep", "i64", ["n"]);
  const text = input("text", "f32", ["n", "l", config.context]);

  const outputs: Record<string, Tensor> = {
    sample: unet.forward(latents, timestep, text),
    time_proj: sinusoids(timestep, config.levels[0]!.channels),
  };
  for (const path of reference.expected.keys()) {
    const value = returned.get(path);
    if (value) outputs[path] = value instanceof Tensor ? value : (value as Tensor[]).at(-1)!;
  }

  it("has the checkpoint's keys and shapes", async () => {
    const weights = await openWeights(nodeHost(), reference.path("unet"));
    weights.check(new Map([...unet.parameters].map(([key, p]) => [key, p.shape])));
  });

  it("computes what the reference computes, block by block", async () => {
    expect(Object.keys(outputs).sort()).toEqual([...reference.expected.keys()].sort());
    const weights = await openWeights(nodeHost(), reference.path("unet"));
    const inputs = {
      latents: tensor(reference.inputs, "sample"),
      timestep: tensor(reference.inputs, "timestep"),
      text: tensor(reference.inputs, "encoder_hidden_states"),
    };
    const computed = await run(outputs, inputs, weights);
    for (const [path, value] of Object.entries(computed)) {
      expectClose(value, tensor(reference.expected, path), reference.case.tolerance);
    }
  });
});
