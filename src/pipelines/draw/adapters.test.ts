import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { nodeHost, pocketFolder } from "../../host/node/index.ts";
import { ndarray } from "../../runtime/ndarray.ts";
import { openWeights } from "../../weights/model-directory.ts";
import { toStore, writeSafetensors } from "../../weights/safetensors.ts";
import type { AdapterFiles } from "../model/adapters.ts";
import { DiffusionModel } from "../model/diffusion-model.ts";
import type { Drawn } from "./request.ts";
import { textToImage } from "./text-to-image.ts";

const host = nodeHost();
let root: string;
let pocket: DiffusionModel;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "latentkit-"));
  pocket = await DiffusionModel.open(host, pocketFolder);
});
afterAll(async () => {
  await pocket.close();
  rmSync(root, { recursive: true });
});

async function draw(prompt: string, files: AdapterFiles = {}): Promise<Drawn> {
  const run = textToImage(await pocket.with(files), { prompts: [prompt], seed: 7, steps: 3 });
  for (;;) {
    const next = await run.next();
    if (next.done) return next.value[0]!;
  }
}
const pixels = async (prompt: string, files?: AdapterFiles): Promise<string> =>
  Buffer.from((await draw(prompt, files)).picture.data).toString("base64");

/** The largest difference of two pictures' bytes. */
async function apart(a: Promise<Drawn>, b: Promise<Drawn>): Promise<number> {
  const [x, y] = [(await a).picture.data, (await b).picture.data];
  return x.reduce((most, value, i) => Math.max(most, Math.abs(value - y[i]!)), 0);
}

it("weighs words: brackets are no letters, and two of them are a weight", async () => {
  const plain = await pixels("a picture of a bear");
  const twice = await pixels("a picture of a ((bear))");
  expect(twice).not.toBe(plain);
  expect(await pixels("a picture of a (bear:1.2100000000000002)")).toBe(twice);
  expect(await pixels("a picture of a (bear:1) [apple::0]")).toBe(plain);
});

it("draws with a LoRA: one that takes the text away from the denoiser draws every prompt alike", async () => {
  const weights = await openWeights(host, `${pocketFolder}/unet`);
  const lora = new Map<string, ReturnType<typeof toStore>>();
  for (const key of weights.keys()) {
    if (!key.endsWith(".attn2.to_v.weight")) continue;
    const [out, width] = weights.find(key)!.shape as [number, number];
    const name = `lora_unet_${key.replace(/\.weight$/, "").replaceAll(".", "_")}`;
    const identity = Float32Array.from({ length: width ** 2 }, (_, i) => (i % (width + 1) === 0 ? 1 : 0));
    const values = await weights.read(key);
    // ΔW = −W: half of it in A and B, the rest in alpha = 2 · rank.
    lora.set(`${name}.lora_down.weight`, toStore(ndarray(identity, [width, width])));
    lora.set(
      `${name}.lora_up.weight`,
      toStore(
        ndarray(
          values.map((v) => -v / 2),
          [out, width],
        ),
      ),
    );
    lora.set(`${name}.alpha`, toStore(ndarray(Float32Array.of(2 * width), [])));
  }
  expect(lora.size).toBeGreaterThan(0);
  const file = join(root, "wordless.safetensors");
  await writeSafetensors(host, file, lora);
  const loras = [{ file }];
  const plain = await pixels("a picture of a bear");
  expect(await apart(draw("a picture of a bear"), draw("an apple"))).toBeGreaterThan(20);
  expect(await apart(draw("a picture of a bear", { loras }), draw("an apple", { loras }))).toBeLessThan(2);
  const halves = [
    { file, scale: 0.25 },
    { file, scale: 0.25 },
  ];
  expect(
    await apart(draw("an apple", { loras: halves }), draw("an apple", { loras: [{ file, scale: 0.5 }] })),
  ).toBeLessThan(2);
  expect(await apart(draw("an apple", { loras: halves }), draw("an apple"))).toBeGreaterThan(2);
  expect(await pixels("a picture of a bear")).toBe(plain);
  expect((await draw("an apple", { loras: halves })).settings.more?.get("Lora 2")).toBe(`${file}:0.25`);
});

it("draws learned words: one with the vectors of `bear` and `apple` draws what these words draw", async () => {
  const table = await openWeights(host, `${pocketFolder}/text_encoder`);
  const key = "text_model.embeddings.token_embedding.weight";
  const [, width] = table.find(key)!.shape as [number, number];
  const values = await table.read(key);
  const ids = (await pocket.tokenizer()).encode("bear apple");
  const vectors = ids.flatMap((id) => [...values.slice(id * width, (id + 1) * width)]);
  const word = toStore(ndarray(Float32Array.from(vectors), [ids.length, width]));
  const file = join(root, "learned_embeds.safetensors");
  await writeSafetensors(host, file, new Map([["<thing>", word]]));
  const embeddings = [{ file }];
  const wanted = draw("a picture of a bear apple, red");
  expect(await apart(draw("a picture of a <THING>, red", { embeddings }), wanted)).toBeLessThan(2);
  expect(await apart(draw("a picture of a <thing>, red"), wanted)).toBeGreaterThan(20);
  const renamed = { embeddings: [{ file, word: "fruit" }] };
  expect(await apart(draw("a picture of a fruit, red", renamed), wanted)).toBeLessThan(2);
});
