import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { expectClose } from "../../tests/support/golden.ts";
import { input, linear, type Tensor } from "../graph/index.ts";
import { fanIn, parameter } from "../nn/module.ts";
import { compile } from "../runtime/compile.ts";
import { ndarray } from "../runtime/ndarray.ts";
import { clipKeys } from "../weights/dialects.ts";
import { f32ToBf16 } from "../weights/half.ts";
import { type TensorToWrite, toStore, toStoreAsF16, writeSafetensors } from "../weights/safetensors.ts";
import { Weights } from "../weights/weights.ts";
import { nodeHost } from "./node.ts";

const folder = mkdtempSync(join(tmpdir(), "latentkit-host-"));
afterAll(() => rmSync(folder, { recursive: true }));

const matrix = (rows: number, columns: number) =>
  ndarray(
    Float32Array.from({ length: rows * columns }, (_, i) => i - 4),
    [rows, columns],
  );

it("runs a graph on rows, halves and turned matrices of a safetensors file", async () => {
  const host = nodeHost();
  const bf16: TensorToWrite = {
    dtype: "BF16",
    shape: [2, 2],
    bytes: () => new Uint8Array(f32ToBf16(Float32Array.of(1, -2, 3, 0.5)).buffer),
  };
  const stored = new Map<string, TensorToWrite>([
    ["ln_final.bias", { dtype: "U8", shape: [3], bytes: () => new Uint8Array(3) }],
    ["transformer.resblocks.0.attn.in_proj_weight", toStoreAsF16(matrix(6, 2))],
    ["transformer.resblocks.0.mlp.c_fc.weight", bf16],
    ["text_projection", toStore(matrix(2, 3))],
    ["ln_final.weight", toStore(matrix(1, 2))],
  ]);
  await writeSafetensors(host, join(folder, "clip.safetensors"), stored);
  const weights = (await Weights.open(host, folder, ["clip.safetensors"])).translate(clipKeys);

  const layer = "text_model.encoder.layers.0";
  const x = input("x", "f32", [1, 2]);
  const times = (key: string): Tensor => {
    const weight = parameter(weights.find(key)!.shape, fanIn(2));
    weight.name = key;
    return linear(x, weight);
  };
  const outputs = {
    values: times(`${layer}.self_attn.v_proj.weight`),
    mlp: times(`${layer}.mlp.fc1.weight`),
    projection: times("text_projection.weight"),
  };
  const compiled = await compile({ host, outputs, weights: await weights.forEngine(), weightFolder: weights.folder });
  const y = await compiled.run({ x: ndarray(Float32Array.of(10, 1), [1, 2]) });
  await compiled.close();
  expectClose(y.values!, ndarray(Float32Array.of(45, 67), [1, 2]), {});
  expectClose(y.mlp!, ndarray(Float32Array.of(8, 30.5), [1, 2]), {});
  expectClose(y.projection!, ndarray(Float32Array.of(-41, -30, -19), [1, 3]), {});
});

it("takes weights by a link that leaves their folder, as in the hub's cache", async () => {
  const host = nodeHost();
  const [linked, blob] = [join(folder, "snapshots", "unet"), join(folder, "blob")];
  await writeSafetensors(host, blob, new Map([["weight", toStore(matrix(2, 2))]]));
  mkdirSync(linked, { recursive: true });
  symlinkSync("../../blob", join(linked, "model.safetensors"));
  const weights = await Weights.open(host, linked, ["model.safetensors"]);
  const weight = parameter([2, 2], fanIn(2));
  weight.name = "weight";
  const outputs = { y: linear(input("x", "f32", [1, 2]), weight) };
  const compiled = await compile({ host, outputs, weights: await weights.forEngine(), weightFolder: weights.folder });
  const { y } = await compiled.run({ x: ndarray(Float32Array.of(1, 10), [1, 2]) });
  await compiled.close();
  expectClose(y!, ndarray(Float32Array.of(-34, -12), [1, 2]), {});
});

it("decodes the picture that it encoded", async () => {
  const host = nodeHost();
  const picture = { width: 2, height: 1, channels: 3, data: Uint8Array.of(255, 0, 0, 1, 2, 3) } as const;
  expect(await host.decodePicture(await host.encodePicture(picture, "png"), "a.png")).toEqual(picture);
});
