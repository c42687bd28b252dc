import { readFileSync } from "node:fs";
import { it } from "vitest";
import { constant, input, type Tensor } from "../../src/graph/index.ts";
import { nodeHost } from "../../src/host/node.ts";
import { Clip, parseClipConfig } from "../../src/models/clip/index.ts";
import { openWeights } from "../../src/weights/model-directory.ts";
import { golden, tensor } from "../support/golden.ts";
import { expectGradients, type GradientCase } from "../support/gradients.ts";

it("has the reference's gradients of the symmetric contrastive loss", async () => {
  const reference = golden<GradientCase>("grad-clip");
  const clip = new Clip(parseClipConfig(JSON.parse(readFileSync(reference.path("hf/config.json"), "utf8"))));
  const pictures = input("pixel_values", "f32", tensor(reference.inputs, "pixel_values").shape);
  const ids = input("input_ids", "i64", tensor(reference.inputs, "input_ids").shape);
  const logits = clip.forward(pictures, ids);
  const n = Number(ids.dim(0));
  const diagonal = constant(
    Array.from({ length: n * n }, (_, i) => Number(i % (n + 1) === 0)),
    [n, n],
  );
  const crossEntropy = (x: Tensor): Tensor => x.logSoftmax().mul(diagonal).sum().neg().div(n);
  const loss = crossEntropy(logits)
    .add(crossEntropy(logits.transpose([1, 0])))
    .div(2);
  const weights = await openWeights(nodeHost(), reference.path("hf"));
  await expectGradients(reference, loss, clip.parameters, Object.fromEntries(reference.inputs), weights);
});
