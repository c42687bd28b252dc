import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodePicture } from "../../src/host/node/picture.ts";
import { parsePreprocessorConfig } from "../../src/image/clip-config.ts";
import { clipPixels, openaiPreprocessing } from "../../src/image/clip-preprocess.ts";
import { golden, tensor } from "../support/golden.ts";

interface Case {
  readonly images: readonly { readonly file: string }[];
}

describe.each(["clip-full-openai", "clip-full-hf"])("preprocessing of %s", (name) => {
  const { case: about, expected, path } = golden<Case>(name);
  const pictures = () => Promise.all(about.images.map(({ file }) => decodePicture(readFileSync(path(file)), file)));

  it("equals OpenAI's to the bit", async () => {
    const pixels = clipPixels(await pictures(), openaiPreprocessing(32));
    const wanted = tensor(expected, "pixel_values");
    expect(pixels.shape).toEqual(wanted.shape);
    expect(pixels.data).toEqual(wanted.data);
  });

  it("equals the transformers library's to the bit", async () => {
    const config: unknown = JSON.parse(readFileSync(path("hf/preprocessor_config.json"), "utf8"));
    const pixels = clipPixels(await pictures(), parsePreprocessorConfig(config as Record<string, unknown>));
    expect(pixels.data).toEqual(tensor(expected, "pixel_values_hf").data);
  });
});
