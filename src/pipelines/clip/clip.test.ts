import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectClose, golden, tensor } from "../../../tests/support/golden.ts";
import { writeRandomModel } from "../../../tests/support/tiny-model.ts";
import { nodeHost } from "../../host/node.ts";
import type { Picture } from "../../runtime/host.ts";
import { ndarray } from "../../runtime/ndarray.ts";
import { classify } from "./classify.ts";
import { ClipModel, similarities, softmax } from "./clip.ts";
import { embedLabels } from "./labels.ts";

const host = nodeHost();
let root: string;
let folder: string;
let model: ClipModel;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "latentkit-"));
  folder = join(root, "tiny");
  await writeRandomModel(folder);
  model = await ClipModel.open(host, folder);
});
afterAll(async () => {
  await model.close();
  rmSync(root, { recursive: true });
});

const pictures: readonly Picture[] = Array.from({ length: 20 }, (_, n) => ({
  width: 40 + n,
  height: 50,
  channels: 3,
  data: Uint8Array.from({ length: (40 + n) * 150 }, (_, i) => (i * (n + 3)) % 256),
}));

describe("beside the reference", () => {
  const reference = golden<{ images: { file: string }[]; tolerance: { embeds: number; logits: number } }>(
    "clip-full-openai",
  );
  const { expected, case: about } = reference;

  it("embeds pictures and weighs texts alike", async () => {
    // Without a preprocessor_config.json pictures are prepared as OpenAI's code does.
    const path = join(root, "reference");
    for (const file of ["config.json", "model.safetensors"]) cpSync(reference.path(`hf/${file}`), join(path, file));
    writeFileSync(join(path, "merges.txt"), "#version: 0.2\n");
    writeFileSync(join(path, "vocab.json"), '{"a</w>":0,"<|startoftext|>":398,"<|endoftext|>":399}');
    const opened = await ClipModel.open(host, path);
    const files = about.images.map(({ file }) => host.decodePicture(readFileSync(reference.path(file)), file));
    const embeddings = await opened.embedImages(await Promise.all(files));
    expectClose(embeddings, tensor(expected, "image_embeds"), { atol: about.tolerance.embeds });
    const cosines = similarities(embeddings, tensor(expected, "text_embeds"));
    const logits = cosines.flat().map((cosine) => cosine * opened.scale);
    expectClose(logits, tensor(expected, "logits_per_image").data, { atol: about.tolerance.logits });
    const shares = cosines.flatMap((row) => softmax(row, opened.scale));
    expectClose(shares, tensor(expected, "probs").data, { atol: about.tolerance.embeds });
    await opened.close();
  });
});

it("embeds any number of texts and pictures, each to the bit as if alone", async () => {
  const texts = Array.from({ length: 150 }, (_, i) => `a picture of ${i} bears${" and trees".repeat(i % 7)}`);
  const all = await model.embedTexts(texts);
  expect(all.shape).toEqual([150, 12]);
  for (const i of [0, 1, 61, 149])
    expect(all.data.subarray(i * 12, i * 12 + 12)).toEqual((await model.embedTexts([texts[i]!])).data);
  const seen = await model.embedImages(pictures);
  expect(seen.shape).toEqual([20, 12]);
  expect(seen.data.subarray(19 * 12)).toEqual((await model.embedImages(pictures.slice(19))).data);
  for (const row of similarities(seen, seen).map((cosines, i) => cosines[i])) expect(row).toBeCloseTo(1, 5);
  expect((await model.embedTexts([])).shape).toEqual([0, 12]);
});

it("classifies by the mean of the templates", async () => {
  const labels = ["bear", "apple", "$& house"];
  const templates = ["a picture of a {}", "{} and {}"];
  const each = await model.embedTexts(["a picture of a $& house", "$& house and $& house"]);
  const mean = Float32Array.from({ length: 12 }, (_, i) => each.data[i]! + each.data[12 + i]!);
  const length = Math.hypot(...mean);
  const embedded = await embedLabels(model, labels, templates);
  expectClose(
    embedded.data.subarray(24),
    mean.map((value) => value / length),
    { atol: 1e-6 },
  );

  const guesses = await classify(model, pictures.slice(0, 2), labels, templates);
  const cosines = similarities(await model.embedImages(pictures.slice(0, 2)), embedded);
  for (const [i, guess] of guesses.entries()) {
    expect(guess.map(({ label }) => label).sort()).toEqual([...labels].sort());
    expect(guess.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
    expect(guess.map(({ cosine }) => cosine)).toEqual(cosines[i]!.toSorted((a, b) => b - a));
  }
});

it("keeps a softmax finite", () => {
  expect(softmax([1, -1], 1e4)).toEqual([1, 0]);
  expect(softmax([0.5, 0.5], 100)).toEqual([0.5, 0.5]);
  const unit = ndarray(Float32Array.of(1, 0, 0, 1), [2, 2]);
  expect(similarities(unit, unit)).toEqual([
    [1, 0],
    [0, 1],
  ]);
});

describe("a folder with a fault is refused in one line:", () => {
  const edited = (file: string, fields: object) => (path: string) => {
    const json = JSON.parse(readFileSync(join(path, file), "utf8")) as object;
    writeFileSync(join(path, file), JSON.stringify({ ...json, ...fields }));
  };
  it.each<[string, (path: string) => void, RegExp]>([
    ["no clip", (path) => rmSync(join(path, "clip"), { recursive: true }), /^no model in \S+clip: it does not exist/],
    ["no weights", (path) => rmSync(join(path, "clip/model.safetensors")), /^there are no weights in \S+clip: /],
    [
      "another size",
      edited("clip/preprocessor_config.json", { crop_size: 24 }),
      /cuts pictures to 24x24, but the vision tower sees 32x32: make crop_size 32$/,
    ],
    ["another length", edited("tokenizer/tokenizer_config.json", { model_max_length: 77 }), /makes 77 tokens, but/],
    ["another config", edited("clip/config.json", { projection_dim: 13 }), /do not fit its config: 2 of another shape/],
  ])("%s", async (name, change, message) => {
    const path = join(root, name.replaceAll(" ", "-"));
    cpSync(folder, path, { recursive: true });
    change(path);
    const using = async (): Promise<void> => {
      await (await ClipModel.open(host, path)).embedTexts(["a bear"]);
    };
    const error = (await using().catch((e: Error) => e)) as Error;
    expect(error).toMatchObject({ name: "UserError" });
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("\n");
  });
});
