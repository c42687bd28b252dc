import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { autoencoderConfig, clipConfig, diffusionConfig, distilConfig, readConfig } from "../../src/training/config.ts";

const parsers = [
  [/autoencoder/, autoencoderConfig],
  [/clip/, clipConfig],
  [/diffusion/, diffusionConfig],
  [/distil/, distilConfig],
] as const;

const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".json"));

it.each(files)("%s is a config of its training", (file) => {
  const [, parse] = parsers.find(([pattern]) => pattern.test(file))!;
  const config = readConfig<object>(parse, readFileSync(`${import.meta.dirname}/${file}`, "utf8"), file);
  expect(config).toMatchObject({ data: { kind: "module" } });
});

it("the few-step variant learns from the latents that the denoiser left", () => {
  const read = (file: string) => JSON.parse(readFileSync(`${import.meta.dirname}/${file}`, "utf8"));
  const [{ out, pictures, cache, data, seed }, distil] = [read("diffusion.json"), read("distil.json")];
  expect(distil).toMatchObject({ model: out, pictures, cache, data, seed });
});
