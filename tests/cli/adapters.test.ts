import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { nodeHost } from "../../src/host/node.ts";
import { readPngText } from "../../src/image/png-text.ts";
import { normal } from "../../src/random/philox.ts";
import { elements, ndarray } from "../../src/runtime/ndarray.ts";
import { toStore, writeSafetensors } from "../../src/weights/safetensors.ts";
import { cli } from "../support/cli.ts";
import { writeRandomModel } from "../support/tiny-model.ts";

let root: string;
const home = process.cwd();
const write = (file: string, shapes: Readonly<Record<string, readonly number[]>>) =>
  writeSafetensors(
    nodeHost(),
    file,
    new Map(
      Object.entries(shapes).map(([name, shape], i) => [name, toStore(ndarray(normal(5, i, elements(shape)), shape))]),
    ),
  );
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "latentkit-"));
  process.chdir(root);
  mkdirSync("loras");
  await writeRandomModel("tiny");
  const attention = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_q";
  await write("loras/style.safetensors", {
    [`${attention}.lora_down.weight`]: [2, 16],
    [`${attention}.lora_up.weight`]: [16, 2],
    "lora_te_text_model_encoder_layers_1_mlp_fc1.lora_down.weight": [3, 16],
    "lora_te_text_model_encoder_layers_1_mlp_fc1.lora_up.weight": [32, 3],
  });
  await write("loras/wide.safetensors", {
    [`${attention}.lora_down.weight`]: [2, 20],
    [`${attention}.lora_up.weight`]: [20, 2],
  });
  await write("loras/half.safetensors", { [`${attention}.lora_down.weight`]: [2, 16] });
  await write("loras/strange.safetensors", { "unet.nowhere.to_q.lora_A.weight": [2, 16] });
  await write("loras/loha.safetensors", { [`${attention}.hada_w1_a`]: [2, 16] });
  await write("<toy>.safetensors", { emb_params: [2, 16] });
  await write("sd2.safetensors", { "<sd2>": [20] });
});
afterAll(() => {
  process.chdir(home);
  rmSync(root, { recursive: true });
});

const generate = (...args: string[]) => cli(["generate", ...args, "--model", "tiny"]);
const parameters = (file: string) => readPngText(readFileSync(file), file).get("parameters");
const draw = async (file: string, ...args: string[]): Promise<Buffer> => {
  expect(await generate(...args, "--steps", "2", "-o", file)).toMatchObject({ code: 0 });
  return readFileSync(file);
};

it("draws with LoRAs and learned words, and draws that again from the picture's settings", async () => {
  const prompt = "a (bear:1.2) and a <toy>, [red:blue:0.5] AND night:0.4";
  const plain = await draw("plain.png", "a bear", "--seed", "7");
  const args = [
    "--lora",
    "loras/style.safetensors:0.4",
    "--embedding",
    "<toy>.safetensors",
    "--embedding",
    "<toy>.safetensors:other",
  ];
  const drawn = await draw("a.png", prompt, "--seed", "7", "--negative", "other", ...args);
  expect(parameters("a.png")).toContain(`${prompt}\nNegative prompt: other\n`);
  expect(parameters("a.png")).toContain(
    'Lora 1: "loras/style.safetensors:0.4", Embedding 1: <toy>.safetensors, Embedding 2: "<toy>.safetensors:other"',
  );
  expect(await draw("b.png", "--from", "a.png")).toEqual(drawn);
  expect(await draw("c.png", "a bear", "--seed", "7", "--lora", "loras/style.safetensors:0")).not.toEqual(drawn);
  expect(await draw("d.png", "a bear", "--seed", "7")).toEqual(plain);
});

it("finds the LoRAs that a prompt names", async () => {
  const named = await draw("e.png", "a bear <lora:style:0.5>", "--seed", "7", "--lora-folder", "loras");
  expect(parameters("e.png")).toMatch(/^a bear <lora:style:0.5>\n.*, Lora folder: loras, RNG: NV$/);
  expect(await draw("f.png", "--from", "e.png")).toEqual(named);
  const { data } = await nodeHost().decodePicture(named, "e.png");
  const other = await draw("g.png", "a bear", "--seed", "7", "--lora", "loras/style.safetensors:0.5");
  expect((await nodeHost().decodePicture(other, "g.png")).data).toEqual(data);
});

it.each<[string[], string]>([
  [["--lora", "nowhere.safetensors"], "nowhere.safetensors: there is no such file"],
  [["--lora", "loras/wide.safetensors"], "do not fit a weight [16,16]: it is of another model"],
  [
    ["--lora", "loras/half.safetensors:2"],
    "loras/half.safetensors has but one half of what changes mid_block.attentions.0",
  ],
  [["--lora", "loras/strange.safetensors"], "which this model has not: it is of another model"],
  [["--lora", "loras/loha.safetensors"], "hada_w1_a is not of a LoRA; only LoRA and LoCon are read"],
  [["--lora", "<toy>.safetensors"], "emb_params is not of a LoRA"],
  [
    ["--embedding", "sd2.safetensors"],
    "has vectors of width 20, but the text encoder's are 16 wide: it is of another model",
  ],
  [["--embedding", "loras/style.safetensors:a"], "holds 4 embeddings, which cannot all be called a"],
  [["<lora:style>"], "the prompt names the LoRA style: say where it lies with --lora-folder"],
  [["<lora:none>", "--lora-folder", "loras"], "the prompt names the LoRA none, which is not in loras"],
  [["<lora:style:much>", "--lora-folder", "loras"], "<lora:style:much> has a scale that is no number"],
])("refuses %o in one line", async (args, message) => {
  const prompt = args[0]!.startsWith("--") ? ["a bear"] : [];
  const { code, stderr } = await generate(...prompt, ...args, "-o", "none.png");
  expect(code).toBe(1);
  expect(stderr).toContain(message);
  expect(stderr.trim()).not.toContain("\n");
});

it("draws in few steps by the model's own LoRA, unless told otherwise", async () => {
  expect(await generate("a bear", "--fast")).toMatchObject({
    code: 1,
    stderr:
      "latentkit generate: drawing in few steps takes tiny/lcm.safetensors, which is missing: latentkit train distil makes one\n",
  });
  cpSync("loras/style.safetensors", "tiny/lcm.safetensors");
  const fast = ["a bear", "--seed", "7", "--fast", "-o"];
  expect(await generate(...fast, "fast.png")).toMatchObject({ code: 0 });
  expect(parameters("fast.png")).toMatch(/Steps: 4, Sampler: LCM, CFG scale: 1, .*Lora 1: "tiny\/lcm.safetensors:1"/);
  const long = ["--steps", "4", "--sampler", "lcm", "--guidance", "1", "--lora", "tiny/lcm.safetensors"];
  expect(await generate("a bear", "--seed", "7", ...long, "-o", "long.png")).toMatchObject({ code: 0 });
  expect(readFileSync("long.png")).toEqual(readFileSync("fast.png"));
  expect(await generate("--from", "fast.png", "--fast", "-o", "again.png")).toMatchObject({ code: 0 });
  expect(readFileSync("again.png")).toEqual(readFileSync("fast.png"));
  expect(await generate(...fast, "two.png", "--steps", "2")).toMatchObject({ code: 0 });
  expect(parameters("two.png")).toContain("Steps: 2, Sampler: LCM");
});

it("animates in few steps, each frame as it is drawn alone", async () => {
  cpSync("loras/style.safetensors", "tiny/lcm.safetensors");
  const animate = (...args: string[]) => cli(["animate", "a bear", ...args, "--model", "tiny", "--seed", "7"]);
  const two = ["an apple", "--fast", "--frames", "2"];
  const drawn = await animate(...two, "--anchor", "0", "-o", "out/");
  expect(drawn).toMatchObject({ code: 0 });
  const { parameters: said } = JSON.parse(readFileSync("out/manifest.json", "utf8"));
  expect(said).toMatch(/Steps: 4, Sampler: LCM, CFG scale: 1, .*, Lora 1: "tiny\/lcm.safetensors:1", .*Anchor: 0/);
  expect(await generate("a bear", "--seed", "7", "--fast", "-o", "alone.png")).toMatchObject({ code: 0 });
  const pixels = async (file: string) => (await nodeHost().decodePicture(readFileSync(file), file)).data;
  expect(await pixels("out/frame-000001.png")).toEqual(await pixels("alone.png"));
  expect(await animate(...two, "--guidance", "2", "--guidance", "3", "-o", "told/")).toMatchObject({ code: 0 });
  expect(JSON.parse(readFileSync("told/manifest.json", "utf8")).parameters).toContain("Guidances: 2 | 3");
  const camera = await animate("--fast", "--camera", "zoom 1.1", "--frames", "2", "-o", "journey/");
  expect(camera).toMatchObject({ code: 0 });
  expect(await animate("alone.png", "--fast", "-o", "none.gif")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--fast draws from noise, and that of a picture is found in many steps"),
  });
});
