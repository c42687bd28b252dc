import { expect, it } from "vitest";
import { UNet, type UNetConfig } from "../models/unet/index.ts";
import { input } from "./index.ts";
import { topological } from "./order.ts";
import { observedRanges, quantized, type Ranges } from "./quantized.ts";

const config: UNetConfig = {
  in: 4,
  out: 4,
  levels: [
    { channels: 16, heads: 2, attention: true },
    { channels: 32, heads: 2, attention: false },
  ],
  layers: 1,
  context: 8,
  groups: 4,
  projection: "conv",
  upcastAttention: false,
  sampleSize: 8,
};

const network = new UNet(config);
const said = network.forward(
  input("latents", "f32", ["n", 4, "h", "w"]),
  input("timesteps", "f32", ["n"]),
  input("text", "f32", ["n", "l", 8]),
);
const isWeight = ({ name }: { readonly name: string | undefined }): boolean => network.parameters.has(name ?? "");

it("takes the branches' convolutions but the last block's, and neither the stream's nor those of few channels", () => {
  const keys = Object.keys(observedRanges([said], isWeight));
  expect(keys).toContain("down_blocks.0.resnets.0.conv1.weight");
  expect(keys).toContain("down_blocks.0.attentions.0.proj_out.weight");
  expect(keys.filter((key) => /conv_in|conv_out|samplers|shortcut|up_blocks\.1\.\w+\.1/.test(key))).toEqual([]);
});

it("quantises the layers of tokens, not those of the time, and the convolutions whose ranges are known", () => {
  const ranges: Ranges = { "mid_block.resnets.0.conv1.weight": [-1, 3, -2, 2] };
  const inBytes = topological(quantized([said], ranges, isWeight))
    .filter(({ op }) => op.name.startsWith("quantized"))
    .map(({ inputs: [, weight] }) => weight!.inputs[0]!.name!);
  expect(inBytes.filter((key) => key.includes("conv"))).toEqual(Object.keys(ranges));
  expect(inBytes).toContain("mid_block.attentions.0.transformer_blocks.0.ff.net.0.proj.weight");
  expect(inBytes.filter((key) => key.includes("time_emb"))).toEqual([]);
});
