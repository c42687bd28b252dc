import { describe, expect, it } from "vitest";
import { input, type Tensor } from "../../src/graph/index.ts";
import { nodeHost } from "../../src/host/node.ts";
import { ClipText, parseClipTextConfig } from "../../src/models/clip/index.ts";
import { parseUNetConfig, UNet } from "../../src/models/unet/index.ts";
import { Autoencoder, parseAutoencoderConfig } from "../../src/models/vae/index.ts";
import { autoencoderKeys, clipKeys, type Dialect } from "../../src/weights/dialects.ts";
import { type ModelDirectory, openModelDirectory } from "../../src/weights/model-directory.ts";
import { Weights } from "../../src/weights/weights.ts";
import { expectClose, golden, type Tolerance, tensor } from "../support/golden.ts";
import { run } from "../support/run.ts";

const reference = golden<{ tolerance: Tolerance }>("single-file-sd1");
const host = nodeHost();

/** Checks and runs one part of a single file on the golden inputs. */
async function compute(
  directory: ModelDirectory,
  part: string,
  module: { readonly parameters: ReadonlyMap<string, Tensor> },
  outputs: Record<string, Tensor>,
  dialect: Dialect,
) {
  const weights = (await directory.weights(part)).translate(dialect);
  weights.check(new Map([...module.parameters].map(([key, p]) => [key, p.shape])));
  return run(outputs, Object.fromEntries(reference.inputs), weights);
}

const unchanged: Dialect = (shapes) => new Map([...shapes].map(([from, shape]) => [from, { from, shape }]));

describe.each([
  ["model.ckpt", "fp32"],
  ["model-legacy-fp16.ckpt", "fp16"],
  ["model-fp16.safetensors", "fp16"],
  ["model-bf16.safetensors", "bf16"],
])("%s", (file, precision) => {
  const expectSame = (computed: Readonly<Record<string, Parameters<typeof expectClose>[0]>>): void => {
    for (const [key, value] of Object.entries(computed))
      expectClose(value, tensor(reference.expected, `${precision}.${key}`), reference.case.tolerance);
  };

  it("is a U-Net,", async () => {
    const directory = await openModelDirectory(host, reference.path(file));
    const unet = new UNet(parseUNetConfig(await directory.json("unet/config.json")));
    const latents = input("sample", "f32", ["n", unet.config.in, "h", "w"]);
    const text = input("encoder_hidden_states", "f32", ["n", "l", unet.config.context]);
    const said = unet.forward(latents, input("timestep", "i64", ["n"]), text);
    expectSame(await compute(directory, "unet", unet, { unet: said }, unchanged));
  });

  it("an autoencoder", async () => {
    const directory = await openModelDirectory(host, reference.path(file));
    const vae = new Autoencoder(parseAutoencoderConfig(await directory.json("vae/config.json")));
    const moments = input("image", "f32", ["n", 3, "8*h", "8*w"]).pipe(vae.encoder, vae.quantConv);
    const decoded = vae.decode(input("latent", "f32", ["n", 4, "h", "w"]));
    expectSame(await compute(directory, "vae", vae, { moments, decoded }, autoencoderKeys));
  });

  it("and a text encoder", async () => {
    const directory = await openModelDirectory(host, reference.path(file));
    const tower = new ClipText(parseClipTextConfig(await directory.json("text_encoder/config.json")));
    const { hidden } = tower.forward(input("input_ids", "i64", ["n", 77]));
    expectSame(await compute(directory, "text_encoder", tower, { last_hidden_state: hidden }, clipKeys));
  });
});

describe.each(["odd.ckpt", "odd-legacy.ckpt"])("%s", (file) => {
  it("has shared storages, offsets, strides, and every type", async () => {
    const [found, expected] = await Promise.all(
      [file, "odd-expected.safetensors"].map((name) => Weights.open(host, reference.path("."), [name])),
    );
    for (const key of expected!.keys()) {
      expect([key, found!.find(key)?.dtype, found!.find(key)?.shape]).toEqual([
        key,
        expected!.find(key)!.dtype,
        expected!.find(key)!.shape,
      ]);
      expect(await found!.bytes(key)).toEqual(await expected!.bytes(key));
    }
    expect([...found!.keys()]).toHaveLength([...expected!.keys()].length);
  });
});
