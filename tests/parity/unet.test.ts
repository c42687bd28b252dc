import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Dim, input, Tensor } from "../../src/graph/index.ts";
import { nodeHost } from "../../src/host/node.ts";
import { parseUNetConfig, UNet } from "../../src/models/unet/index.ts";
import { sinusoids } from "../../src/models/unet/time-embedding.ts";
import { ints, ndarray } from "../../src/runtime/ndarray.ts";
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

it("draws odd sizes: a graph for any size agrees with one for that size", async () => {
  const { path, inputs } = golden("unet-sd2");
  const unet = new UNet(parseUNetConfig(JSON.parse(readFileSync(path("unet/config.json"), "utf8"))));
  const [height, width] = [5, 7];
  const graph = (n: Dim, h: Dim, w: Dim): Tensor =>
    unet.forward(
      input("latents", "f32", [n, unet.config.in, h, w]),
      input("timestep", "i64", [n]),
      input("text", "f32", [n, "l", unet.config.context]),
    );
  expect(graph(1, height, width).shape).toEqual([1, 4, height, width]);
  const feeds = {
    latents: ndarray(tensor(inputs, "sample").data.slice(0, 4 * height * width), [1, 4, height, width]),
    timestep: ints([500]),
    text: ndarray(tensor(inputs, "encoder_hidden_states").data.slice(0, 3 * unet.config.context), [
      1,
      3,
      unet.config.context,
    ]),
  };
  const weights = await openWeights(nodeHost(), path("unet"));
  const fixed = await run({ sample: graph(1, height, width) }, feeds, weights);
  const any = await run({ sample: graph("n", "h", "w") }, feeds, weights);
  expectClose(any.sample!, fixed.sample!, { atol: 1e-5 });
});
