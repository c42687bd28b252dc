import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pocketTokens, writeRandomModel } from "../../../tests/support/tiny-model.ts";
import { nodeHost } from "../../host/node.ts";
import { zeros } from "../../runtime/ndarray.ts";
import type { DrawProgress } from "../draw/request.ts";
import { textToImage } from "../draw/text-to-image.ts";
import { DiffusionModel } from "./diffusion-model.ts";

const host = nodeHost();
let root: string;
let folder: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "latentkit-"));
  folder = join(root, "tiny");
  await writeRandomModel(folder);
});
afterAll(() => rmSync(root, { recursive: true }));

it("knows its sizes", async () => {
  const model = await DiffusionModel.open(host, `${folder}/`);
  expect([model.name, model.factor, model.pictureSize]).toEqual(["tiny", 8, 32]);
});

it("says that one network alone draws nothing", async () => {
  await expect(DiffusionModel.open(host, join(folder, "clip"))).rejects.toThrow(/clip holds a single network; name a/);
  await expect(DiffusionModel.open(host, join(root, "nowhere"))).rejects.toThrow(/nowhere: it does not exist; name a/);
});

type Change = (path: string) => void;

const drop =
  (file: string): Change =>
  (path) =>
    rmSync(join(path, file), { recursive: true });

const edit =
  (file: string, fields: object): Change =>
  (path) => {
    const json = JSON.parse(readFileSync(join(path, file), "utf8")) as object;
    writeFileSync(join(path, file), JSON.stringify({ ...json, ...fields }));
  };

const cut: Change = (path) => truncateSync(join(path, "unet/diffusion_pytorch_model.safetensors"), 30_000);

describe("a model with a fault is refused in one line before anything is drawn:", () => {
  it.each<[string, Change, RegExp]>([
    ["no U-Net", drop("unet"), /^cannot read \S+unet\/config.json: there is no such file$/],
    ["no index", drop("model_index.json"), /^no model in \S+: it has no model_index.json; name a model/],
    ["no tokenizer", drop("tokenizer"), /^\S+tokenizer: no vocab.json there/],
    ["no weights", drop("vae/diffusion_pytorch_model.safetensors"), /^there are no weights in \S+vae: /],
    ["weights cut off", cut, /^\S+safetensors cannot be read as .*cut off$/],
    ["other texts", edit("unet/config.json", { cross_attention_dim: 24 }), /reads texts of width 24, but/],
    [
      "other latents",
      edit("vae/config.json", { latent_channels: 8 }),
      /latents have 8; take all parts from one model$/,
    ],
    ["odd channels", edit("unet/config.json", { in_channels: 5 }), /takes 5 and gives 4 channels, but the latents/],
    ["more layers", edit("text_encoder/config.json", { num_hidden_layers: 3 }), /do not fit its config: 16 missing \(/],
    ["a deeper decoder", edit("vae/config.json", { layers_per_block: 2 }), /vae do not fit its config: \d+ missing \(/],
    ["long texts", edit("tokenizer/tokenizer_config.json", { model_max_length: 40 }), /makes 40 tokens, but the text/],
    ["few words", edit("text_encoder/config.json", { vocab_size: 4000, eos_token_id: 2 }), /has the token 4095, but/],
    ["another activation", edit("unet/config.json", { act_fn: "gelu" }), /unet\/config.json: "act_fn" must be "silu"/],
    ["odd betas", edit("scheduler/scheduler_config.json", { beta_schedule: "odd" }), /json: "beta_schedule" must be/],
  ])("%s", async (name, change, message) => {
    const path = join(root, name.replaceAll(" ", "-"));
    cpSync(folder, path, { recursive: true });
    change(path);
    const events: DrawProgress[] = [];
    const drawing = async (): Promise<void> => {
      const model = await DiffusionModel.open(host, path);
      try {
        for await (const event of textToImage(model, { prompts: ["a bear"], seed: 1 })) events.push(event);
      } finally {
        await model.close();
      }
    };
    const error = (await drawing().catch((e: Error) => e)) as Error;
    expect(error).toMatchObject({ name: "UserError" });
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("\n");
    expect(events.filter(({ stage }) => stage !== "opening")).toEqual([]);
  });
});

it.each([
  ["fp16", 1],
  ["fp32", 0],
] as const)("with %s, %i text encoder makes room for the decoder; texts are as before", async (precision, made) => {
  let [opened, closed] = [0, 0];
  const session: typeof host.session = async (...given) => {
    const { run, close } = await host.session(...given);
    opened++;
    return { run, close: () => close().then(() => void closed++) };
  };
  const model = await DiffusionModel.open({ ...host, session }, folder, { precision });
  const [ids, others] = [5, 7].map((id) => [id, ...Array<number>(31).fill(pocketTokens.end)]);
  const latents = zeros([1, 4, 4, 4]);
  await model.decode(latents);
  const text = await model.encodeIds(ids!);
  const before = [opened, closed] as const;
  await model.decode(latents);
  expect([opened, closed]).toEqual([before[0], before[1] + made]);
  expect(await model.encodeIds(ids!)).toBe(text);
  expect(opened).toBe(before[0]);
  const other = await model.encodeIds(others!);
  expect(opened).toBe(before[0] + made);
  const fresh = await DiffusionModel.open(host, folder, { precision });
  expect(other).toEqual(await fresh.encodeIds(others!));
  await Promise.all([model.close(), fresh.close()]);
});
