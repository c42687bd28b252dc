import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tinySizes, writeRandomModel } from "../../../tests/support/tiny-model.ts";
import { gaussian, type Latents } from "../../diffusion/index.ts";
import { nodeHost } from "../../host/node.ts";
import type { Host, Picture } from "../../runtime/host.ts";
import { type NdArray, ndarray } from "../../runtime/ndarray.ts";
import { DiffusionModel } from "../model/diffusion-model.ts";
import type { Drawn, DrawProgress, DrawRequest } from "./request.ts";
import { textToImage } from "./text-to-image.ts";

let root: string;
/** What went into denoisers. */
const asked: Readonly<Record<string, NdArray>>[] = [];
const host: Host = {
  ...nodeHost(),
  async session(bytes, options) {
    const session = await nodeHost().session(bytes, options);
    return {
      ...session,
      run(inputs, outputs) {
        if (inputs.text) asked.push(inputs);
        return session.run(inputs, outputs);
      },
    };
  },
};
const opened: DiffusionModel[] = [];
const open = async (name: "tiny" | "inpainting"): Promise<DiffusionModel> => {
  const model = await DiffusionModel.open(host, join(root, name));
  opened.push(model);
  return model;
};

let model: DiffusionModel;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "latentkit-"));
  await writeRandomModel(join(root, "tiny"));
  const unet = { ...tinySizes.unet, in: 9 };
  await writeRandomModel(join(root, "inpainting"), { ...tinySizes, unet });
  model = await open("tiny");
});
afterAll(async () => {
  for (const one of opened) await one.close();
  rmSync(root, { recursive: true });
});

async function draw(
  changes: Partial<DrawRequest> = {},
  of = model,
): Promise<{ drawn: Drawn[]; events: DrawProgress[] }> {
  asked.length = 0;
  const events: DrawProgress[] = [];
  for await (const event of textToImage(of, { prompts: ["a bear"], seed: 7, steps: 4, ...changes })) events.push(event);
  return { drawn: events.flatMap(({ drawn }) => drawn ?? []), events };
}

const one = async (changes: Partial<DrawRequest> = {}, of = model): Promise<Drawn> =>
  (await draw(changes, of)).drawn[0]!;

function largestDifference(a: Latents, b: Latents): number {
  expect(a.shape).toEqual(b.shape);
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0);
}

describe("the step cache", () => {
  const latents = gaussian([3], 0, [4, 5, 3]);
  const timesteps = ndarray(Float32Array.of(500), [1]);
  const inputs = { latents, timesteps, text: gaussian([4], 0, [32, 16]) };

  it("says the same where the deep feature is this step's own", async () => {
    const whole = (await model.ask("whole", inputs)).said!;
    const { said, deep } = await model.ask("keeping", inputs);
    expect(largestDifference(said!, whole)).toBeLessThan(1e-5);
    expect(deep!.shape).toEqual([1, 16, 5, 3]);
    expect(largestDifference((await model.ask("shallow", { ...inputs, deep: deep! })).said!, whole)).toBeLessThan(1e-5);
  });

  it("asks the deep layers every so many steps", async () => {
    const exact = await one({ steps: 5 });
    const { drawn } = await draw({ steps: 5, cache: 2 });
    expect(asked.map((input) => "deep" in input)).toEqual([false, true, false, true, false]);
    expect(drawn[0]!.picture).not.toEqual(exact.picture);
    expect(drawn[0]!.settings.more?.get("Step cache")).toBe("2");
    expect((await one({ steps: 5, cache: 1 })).picture).toEqual(exact.picture);
  });
});

describe("a batch", () => {
  it("gives each picture as it is alone, by fewer questions", async () => {
    const prompts = ["a bear", "an apple", "(a red:1.3) car"];
    for (const changes of [{}, { sampler: "heun" }, { sampler: "euler a", cache: 2 }, { hires: { scale: 2 } }]) {
      const alone = await draw({ prompts, ...changes });
      const questions = asked.length;
      const { drawn, events } = await draw({ prompts, ...changes, batch: 2 });
      expect(asked.length).toBe((questions / 3) * 2);
      expect(asked[0]!.latents!.shape[0]).toBe(4);
      for (const [i, { picture, settings }] of drawn.entries()) {
        expect(settings).toEqual(alone.drawn[i]!.settings);
        const off = picture.data.map((value, k) => Math.abs(value - alone.drawn[i]!.picture.data[k]!));
        expect(Math.max(...off)).toBeLessThanOrEqual(1);
      }
      expect(events.filter(({ stage }) => stage === "drawn").map(({ index }) => index)).toEqual([0, 1, 2]);
    }
  });
});

describe("variations", () => {
  it("go from one seed's picture towards others", async () => {
    const variation = { seed: 20, strength: 0.1 };
    const { drawn } = await draw({ prompts: ["a bear", "a bear"], variation });
    expect(drawn.map(({ settings }) => [settings.seed, settings.more?.get("Variation seed")])).toEqual([
      [7, "20"],
      [7, "21"],
    ]);
    const [own, other] = [await one(), await one({ seed: 20 })];
    expect((await one({ variation: { seed: 20, strength: 0 } })).picture).toEqual(own.picture);
    const off = (a: Drawn, b: Drawn) => a.picture.data.reduce((sum, v, i) => sum + Math.abs(v - b.picture.data[i]!), 0);
    expect(off(drawn[0]!, own)).toBeGreaterThan(0);
    expect(off(drawn[0]!, own)).toBeLessThan(off(drawn[0]!, other));
    expect(off(await one({ variation: { seed: 20, strength: 1 } }), other)).toBeLessThan(32 * 32);
  });
});

describe("a second pass", () => {
  it.each(["latent", "lanczos"] as const)("draws larger from the first, by %s", async (upscaler) => {
    const hires = { scale: 1.7, steps: 6, strength: 0.5, upscaler };
    const { drawn, events } = await draw({ hires });
    const { picture, settings } = drawn[0]!;
    expect([picture.width, picture.height, settings.width, settings.strength]).toEqual([56, 56, 32, 0.5]);
    expect(asked.map(({ latents }) => latents!.shape[2])).toEqual([4, 4, 4, 4, 7, 7, 7]);
    const steps = events.filter(({ stage }) => stage === "drawing").map(({ step, steps }) => `${step}/${steps}`);
    expect(steps).toEqual(["1/7", "2/7", "3/7", "4/7", "5/7", "6/7", "7/7"]);
  });
});

it("takes back what guidance adds to the deviation", async () => {
  const plain = await one({ guidance: 20 });
  expect((await one({ guidance: 20, rescale: 0 })).picture).toEqual(plain.picture);
  const rescaled = await one({ guidance: 20, rescale: 1 });
  expect(rescaled.picture).not.toEqual(plain.picture);
  expect(rescaled.settings.more?.get("CFG Rescale")).toBe("1");
  // Without guidance there is nothing to take back.
  expect((await one({ guidance: 1, rescale: 1 })).picture).toEqual((await one({ guidance: 1 })).picture);
});

describe("an in-painting model", () => {
  let inpainting: DiffusionModel;
  beforeAll(async () => {
    inpainting = await open("inpainting");
  });
  const picture: Picture = {
    width: 32,
    height: 32,
    channels: 3,
    data: Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (i * 7) % 256),
  };
  /** White on the left, and grey in the middle, of which half is enough. */
  const mask: Picture = {
    width: 32,
    height: 32,
    channels: 1,
    data: Uint8Array.from({ length: 32 * 32 }, (_, i) => [255, 128, 127, 0][(i % 32) >> 3]!),
  };
  const channels = (first: number, end: number): number[] => [
    ...(asked[0]!.latents as Latents).data.subarray(16 * first, 16 * end),
  ];

  it("sees the mask and what it keeps of the picture, and starts from noise", async () => {
    const { drawn } = await draw({ guidance: 1, init: { picture, mask, maskBlur: 0 } }, inpainting);
    expect(asked[0]!.latents!.shape).toEqual([1, 9, 4, 4]);
    expect(channels(4, 5)).toEqual(Array(4).fill([1, 1, 0, 0]).flat());
    const pixels = ndarray(
      Float32Array.from({ length: 3 * 32 * 32 }, (_, i) => {
        const at = i % 1024;
        return at % 32 < 16 ? 0 : picture.data[3 * at + Math.floor(i / 1024)]! / 127.5 - 1;
      }),
      [1, 3, 32, 32],
    );
    const { mean, deviation } = await inpainting.encode(pixels);
    for (const [i, value] of channels(5, 9).entries())
      expect(Math.abs(value - mean.data[i]!)).toBeLessThan(5 * deviation.data[i]! + 1e-5);
    expect(drawn[0]!.settings.strength).toBe(1);
    const right = (data: Uint8Array) => data.filter((_, i) => Math.floor(i / 3) % 32 >= 24);
    expect(right(drawn[0]!.picture.data)).toEqual(right(picture.data));
    const noise = channels(0, 4);
    await draw({ guidance: 1 }, inpainting);
    expect(channels(0, 4)).toEqual(noise);
  });

  it("starts from the picture below full strength", async () => {
    await draw({ guidance: 1, init: { picture, mask, strength: 0.5 } }, inpainting);
    expect(asked.length).toBe(2);
  });

  it("draws without a picture as where all of one is masked", async () => {
    const { picture: free } = await one({}, inpainting);
    expect(channels(4, 5)).toEqual(Array(16).fill(1));
    expect((await one({ init: { picture } }, inpainting)).picture).toEqual(free);
    await expect(one({ hires: { scale: 2 } }, inpainting)).resolves.toMatchObject({ picture: { width: 64 } });
  });
});
