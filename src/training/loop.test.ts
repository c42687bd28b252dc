import { describe, expect, it } from "vitest";
import { testHost } from "../../tests/support/test-host.ts";
import { tinyAutoencoder } from "../../tests/support/tiny-autoencoder.ts";
import { UserError } from "../errors.ts";
import { normal } from "../random/philox.ts";
import { ndarray } from "../runtime/ndarray.ts";
import { type Surroundings, train } from "./loop.ts";
import { openTraining } from "./open.ts";

/** Made-up pictures in [−1, 1], a function of the batch's number. */
const openData: Surroundings["openData"] = ({ size, crop = size }, { batch, seed }) => ({
  batch: async (index) => ({
    pixels: ndarray(
      normal(seed + 100, index, batch * 3 * crop * crop).map((x) => Math.tanh(x)),
      [batch, 3, crop, crop],
    ),
  }),
  close: async () => {},
});

const config = {
  model: { ...tinyAutoencoder, block_out_channels: [4, 16] },
  data: { kind: "folder", folder: "pictures", size: 16 },
  batch: 2,
  steps: 8,
  lr: 1e-3,
  warmup: 3,
  schedule: "cosine",
  clip: 1,
  muon: 2,
  gradient: 0.5,
  seed: 4,
  out: "out",
  sampleEvery: 8,
  discriminator: { start: 4, channels: 16, layers: 1 },
};

const state = "out/training.safetensors";
const weights = "out/diffusion_pytorch_model.safetensors";

/** Runs until the end or until `stopAt` steps are made; returns the steps that were reported. */
async function run(host: ReturnType<typeof testHost>, resume: boolean, stopAt?: number): Promise<number[]> {
  const { training, ...opened } = await openTraining("autoencoder", JSON.stringify(config), "a.json", {
    host,
    openData,
  });
  const stop = new AbortController();
  const steps: number[] = [];
  for await (const { step } of train(training, { ...opened, host, resume, signal: stop.signal })) {
    steps.push(step);
    if (step === stopAt) stop.abort();
  }
  await training.close();
  return steps;
}

describe("train", () => {
  it("ends at the same bits however often it is stopped and resumed", async () => {
    const undisturbed = testHost();
    expect(await run(undisturbed, false)).toHaveLength(8);
    const disturbed = testHost();
    const steps = [
      ...(await run(disturbed, false, 2)),
      ...(await run(disturbed, true, 6)),
      ...(await run(disturbed, true)),
    ];
    expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(disturbed.files.get(weights)).toEqual(undisturbed.files.get(weights));
    expect(disturbed.files.get(state)).toEqual(undisturbed.files.get(state));
    expect([...disturbed.files.keys()].filter((path) => path.endsWith(".png"))).toEqual(["out/samples/0000008.png"]);
  });

  it("refuses to resume what is not there or was made with another config", async () => {
    const host = testHost();
    await expect(run(host, true)).rejects.toThrow("out/training.safetensors does not exist");
    await run(host, false, 1);
    const { training, ...opened } = await openTraining("autoencoder", JSON.stringify({ ...config, lr: 1 }), "a.json", {
      host,
      openData,
    });
    const resumed = train(training, { ...opened, host, resume: true });
    await expect(resumed.next()).rejects.toThrow(UserError);
    await training.close();
  });
});
