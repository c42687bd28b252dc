import { expect, it } from "vitest";
import { input } from "../../graph/index.ts";
import { PatchDiscriminator } from "./patch-discriminator.ts";

it("judges overlapping patches: 30×30 of a picture of 256×256", () => {
  const judge = new PatchDiscriminator({ channels: 3, width: 64, layers: 3 });
  expect(judge.forward(input("x", "f32", ["n", 3, 256, 256])).shape).toEqual(["n", 1, 30, 30]);
  expect([...judge.parameters.keys()].filter((key) => key.endsWith("bias"))).toEqual([
    "main.0.bias",
    "main.3.bias",
    "main.6.bias",
    "main.9.bias",
    "main.11.bias",
  ]);
});
