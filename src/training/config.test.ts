import { describe, expect, it } from "vitest";
import { UserError } from "../errors.ts";
import { autoencoderConfig, clipConfig, diffusionConfig, readConfig } from "./config.ts";

const common = {
  model: "models/pocket/vae",
  data: { kind: "folder", folder: "pictures", size: 64 },
  batch: 4,
  steps: 100,
  lr: 0.001,
  out: "out",
};

const read = (change: object) => readConfig(autoencoderConfig, JSON.stringify({ ...common, ...change }), "a.json");

describe("training configs", () => {
  it("fill in what is not said, and keep a zero that is", () => {
    expect(read({ decay: 0 })).toMatchObject({ decay: 0, ema: 0.999, accumulate: 1, schedule: "constant", kl: 1e-6 });
    expect(
      readConfig(diffusionConfig, JSON.stringify({ ...common, autoencoder: "a", clipModel: "c", pictures: 8 }), "d"),
    ).toMatchObject({ prediction: "epsilon", dropout: 0.1 });
    expect(readConfig(clipConfig, JSON.stringify({ ...common, tokenizer: "t", trunk: [8, 16] }), "c").trunk).toEqual([
      8, 16,
    ]);
  });

  it.each([
    [{ learningRate: 1 }, 'a.json: "learningRate" is unknown; it can have model, data, batch,'],
    [{ lr: 0 }, "a.json: lr: a number above 0 is needed, not 0"],
    [{ batch: 1.5 }, "a.json: batch: a whole number above 0 is needed, not 1.5"],
    [{ out: undefined }, "a.json: out: a text is needed, not nothing"],
    [{ schedule: "linear" }, 'a.json: schedule: "constant" or "cosine" is needed, not "linear"'],
    [{ muon: 0 }, "a.json: muon: a number above 0 is needed, not 0"],
    [{ ema: 2 }, "a.json: ema: a number from 0 to 1 is needed, not 2"],
    [{ model: 3 }, "a.json: model: an object is needed, not 3"],
    [{ discriminator: { start: 5, width: 3 } }, 'a.json: discriminator: "width" is unknown; it can have start,'],
    [{ data: { kind: "folder", folder: "p", size: 8, croq: 4 } }, 'a.json: data: "croq" is unknown'],
    [{ perceptual: { trunk: "", weight: 1 } }, 'a.json: perceptual: trunk: a text is needed, not ""'],
  ])("refuse %j by name", (change, message) => {
    expect(() => read(change)).toThrow(UserError);
    expect(() => read(change)).toThrow(message);
  });

  it("refuse what is not JSON in one line", () => {
    expect(() => readConfig(clipConfig, '{\n"batch": ,\n}', "c.json")).toThrow(/^c\.json is not JSON: [^\n]*$/);
  });
});
