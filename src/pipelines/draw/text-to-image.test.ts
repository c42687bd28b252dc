import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeRandomModel } from "../../../tests/support/tiny-model.ts";
import { combine, drawingDefaultsFile, drawingDefaultsToJson } from "../../diffusion/index.ts";
import { nodeHost } from "../../host/node.ts";
import type { Host, Picture } from "../../runtime/host.ts";
import type { NdArray } from "../../runtime/ndarray.ts";
import { DiffusionModel } from "../model/diffusion-model.ts";
import { cover } from "./given-picture.ts";
import { seededNoise } from "./noise.ts";
import type { Drawn, DrawOptions, DrawProgress, DrawRequest } from "./request.ts";
import { textToImage } from "./text-to-image.ts";

let root: string;
let folder: string;
let model: DiffusionModel;
/** What went into sessions that take latents and texts. */
const denoised: Readonly<Record<string, NdArray>>[] = [];
const host: Host = {
  ...nodeHost(),
  async session(bytes, options) {
    const session = await nodeHost().session(bytes, options);
    return {
      ...session,
      run(inputs, outputs) {
        if (inputs.text) denoised.push(inputs);
        return session.run(inputs, outputs);
      },
    };
  },
};

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "latentkit-"));
  folder = join(root, "tiny");
  await writeRandomModel(folder);
  model = await DiffusionModel.open(host, folder);
});
afterAll(async () => {
  await model.close();
  rmSync(root, { recursive: true });
});

const request: DrawRequest = { prompts: ["a bear"], seed: 7, steps: 3 };

async function last<T>(run: AsyncGenerator<unknown, T>): Promise<T> {
  for (;;) {
    const { done, value } = await run.next();
    if (done) return value;
  }
}

async function draw(changes: Partial<DrawRequest> = {}, options: DrawOptions = {}) {
  denoised.length = 0;
  const events: DrawProgress[] = [];
  const run = textToImage(model, { ...request, ...changes }, options);
  for (;;) {
    const next = await run.next();
    if (next.done) return { events, drawn: next.value };
    events.push(next.value);
  }
}

const one = async (changes: Partial<DrawRequest> = {}, options?: DrawOptions): Promise<Drawn> =>
  (await draw(changes, options)).drawn[0]!;
const pixels = async (changes: Partial<DrawRequest> = {}): Promise<string> =>
  Buffer.from((await one(changes)).picture.data).toString("hex");

describe("drawing", () => {
  it("tells its progress and how to draw the picture again", async () => {
    const { events, drawn } = await draw({ prompts: ["a bear", "an apple"] });
    const told = events.map(({ stage, index, step, steps }) => `${index} ${stage} ${step}/${steps}`);
    const each = (i: number) =>
      ["opening 0/3", "drawing 1/3", "drawing 2/3", "drawing 3/3", "drawn 3/3"].map((t) => `${i} ${t}`);
    expect(told).toEqual([...each(0), ...each(1)]);
    expect(events.filter((e) => e.drawn).map((e) => e.drawn)).toEqual(drawn);
    expect(drawn.map(({ picture: { width, height, channels } }) => [width, height, channels])).toEqual([
      [32, 32, 3],
      [32, 32, 3],
    ]);
    expect(drawn[1]!.settings).toEqual({
      prompt: "an apple",
      negative: "",
      steps: 3,
      sampler: "DPM++ 2M",
      guidance: 7.5,
      seed: 8,
      width: 32,
      height: 32,
      model: "tiny",
      more: new Map([["RNG", "NV"]]),
    });
  });

  it("draws as its folder says where the request does not", async () => {
    const other = join(root, "defaults/tiny");
    cpSync(folder, other, { recursive: true });
    writeFileSync(join(other, drawingDefaultsFile), JSON.stringify(drawingDefaultsToJson({ steps: 2, guidance: 3 })));
    const usual = model;
    model = await DiffusionModel.open(host, other);
    const { steps: _, ...silent } = request;
    const drawn = await last(textToImage(model, silent));
    const said = await one({ steps: 4, guidance: 2 });
    await model.close();
    model = usual;
    expect(drawn).toEqual([await one({ steps: 2, guidance: 3 })]);
    expect(said).toEqual(await one({ steps: 4, guidance: 2 }));
    expect(said.settings).toMatchObject({ steps: 4, guidance: 2 });
  });

  it("draws a picture alone as in a batch, to the bit, and another seed's otherwise", async () => {
    for (const sampler of ["dpmpp-2m", "euler a"]) {
      const prompts = ["a bear", "a bear", "a bear"];
      const { drawn } = await draw({ prompts, sampler });
      const alone = await one({ prompts: ["a bear"], seed: 9, sampler });
      expect(drawn[2]).toEqual(alone);
      expect(drawn[1]!.picture).not.toEqual(alone.picture);
    }
  });

  it("guides only where both texts have a say", async () => {
    await draw({ guidance: 2 });
    expect(denoised.map(({ latents }) => latents!.shape[0])).toEqual([2, 2, 2]);
    expect(await pixels({ guidance: 1, negative: "red" })).toBe(await pixels({ guidance: 1 }));
    expect(denoised.map(({ latents }) => latents!.shape[0])).toEqual([1, 1, 1]);
    expect(await pixels({ guidance: 0, prompts: ["an apple"] })).toBe(await pixels({ guidance: 0 }));
    expect(await pixels({ guidance: 1, prompts: ["an apple"] })).not.toBe(await pixels({ guidance: 1 }));
    expect(await pixels({ guidance: 2, negative: "red" })).not.toBe(await pixels({ guidance: 2 }));
  });

  it("draws any multiple of 8 with the same session", async () => {
    const { picture } = await one({ width: 24, height: 40 });
    expect([picture.width, picture.height]).toEqual([24, 40]);
    expect([...denoised[0]!.latents!.shape]).toEqual([2, 4, 5, 3]);
  });

  it("knows schedules and earlier layers, and notes them", async () => {
    const { settings } = await one({ sampler: "DPM++ 2M Karras", clipSkip: 2 });
    expect(settings).toMatchObject({ sampler: "DPM++ 2M", schedule: "Karras" });
    expect(settings.more?.get("Clip skip")).toBe("2");
    expect(await pixels({ clipSkip: 2 })).not.toBe(await pixels());
  });

  it("gives previews where they are asked for", async () => {
    expect((await draw()).events.some(({ preview }) => preview)).toBe(false);
    const { events, drawn } = await draw({ width: 24 }, { preview: true });
    const previews = events.flatMap(({ preview }) => preview ?? []);
    expect(previews.map(({ width, height }) => [width, height])).toEqual(Array(3).fill([3, 4]));
    expect(drawn[0]!.picture).toEqual((await one({ width: 24 })).picture);
  });

  it("does not show a picture of numbers that are none", async () => {
    const { start, ...others } = seededNoise(7);
    const noise = () => ({ ...others, start: (shape: readonly number[]) => combine([Number.NaN, start(shape)]) });
    await expect(one({}, { noise })).rejects.toThrow(
      /tiny: the denoiser gave numbers that are none; lower the guidance/,
    );
  });

  it("stops before the next step", async () => {
    const stop = new AbortController();
    const run = textToImage(model, request, { signal: stop.signal });
    denoised.length = 0;
    for (let step = 0; step < 2; ) step = ((await run.next()).value as DrawProgress).step;
    stop.abort();
    await expect(run.next()).rejects.toThrow(/abort/i);
    expect(denoised.length).toBe(2);
  });
});

describe("from a picture", () => {
  const picture: Picture = {
    width: 64,
    height: 48,
    channels: 3,
    data: Uint8Array.from({ length: 64 * 48 * 3 }, (_, i) => (i * 7) % 256),
  };
  /** White on the left. */
  const mask: Picture = {
    width: 32,
    height: 32,
    channels: 1,
    data: Uint8Array.from({ length: 32 * 32 }, (_, i) => (i % 32 < 16 ? 255 : 0)),
  };

  it("changes it by its strength", async () => {
    const untouched = await pixels({ init: { picture, strength: 0 } });
    expect(denoised.length).toBe(0);
    expect(await pixels({ init: { picture, strength: 0 }, prompts: ["an apple"], guidance: 3 })).toBe(untouched);
    const { drawn, events } = await draw({ steps: 10, init: { picture } });
    expect(drawn[0]!.settings.strength).toBe(0.6);
    expect(events.at(-2)).toMatchObject({ step: 6, steps: 6 });
    expect(await pixels({ steps: 10, init: { picture, strength: 0.5 } })).not.toBe(untouched);
    // At full strength the picture is still there, under the first level's noise.
    expect(await pixels({ init: { picture, strength: 1 } })).not.toBe(await pixels());
  });

  it("keeps what the mask keeps", async () => {
    const settings = { steps: 10, guidance: 1 };
    const whole = { ...mask, data: mask.data.map(() => 0) };
    const fitting = cover(picture, 32, 32);
    expect((await one({ ...settings, init: { picture, mask: whole } })).picture).toEqual(fitting);
    const { data } = (await one({ ...settings, init: { picture, mask } })).picture;
    const right = (pixels: Uint8Array) => pixels.filter((_, i) => Math.floor(i / 3) % 32 >= 16);
    expect(right(data)).toEqual(right(fitting.data));
    const none = { ...mask, data: mask.data.map(() => 255) };
    expect(await pixels({ ...settings, init: { picture, mask: none } })).toBe(
      await pixels({ ...settings, init: { picture } }),
    );
    expect(await pixels({ ...settings, init: { picture, mask } })).not.toBe(
      await pixels({ ...settings, init: { picture } }),
    );
  });

  it.each([1.5, -0.1, Number.NaN])("refuses the strength %d", async (strength) => {
    await expect(one({ init: { picture, strength } })).rejects.toThrow(`strength ${strength} is not from 0 to 1`);
  });
});

describe("bad requests", () => {
  it.each<[Partial<DrawRequest>, string]>([
    [{ width: 130 }, "width 130 is not a multiple of 8; use 128 or 136"],
    [{ height: 4 }, "height 4 is not a multiple of 8; use 8 or 16"],
    [{ width: 0 }, "width 0 is not a multiple of 8; use 8 or 16"],
    [{ seed: -1 }, "seed -1 is not a whole number from 0 to 9007199254740990"],
    [{ clipSkip: 3 }, "clip skip 3 is not a whole number from 1 to 2"],
    [{ steps: 0 }, "steps 0 is not a whole number from 1 to 1000"],
    [{ sampler: "eular" }, 'sampler "eular" is unknown; there are dpmpp-2m,'],
  ])("%o", async (changes, message) => {
    const error = await one(changes).catch((e: Error) => e);
    expect(error).toMatchObject({ name: "UserError" });
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toContain("\n");
  });
});

it("opens its sessions anew after it was closed", async () => {
  const before = await pixels();
  await model.close();
  expect(await pixels()).toBe(before);
});
