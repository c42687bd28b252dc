import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { testHost } from "../../../tests/support/test-host.ts";
import { tinySizes, writeRandomModel } from "../../../tests/support/tiny-model.ts";
import { nodeHost } from "../../host/node.ts";
import type { Host, Picture } from "../../runtime/host.ts";
import { ClipModel } from "../clip/clip.ts";
import { textToImage } from "../draw/text-to-image.ts";
import { DiffusionModel } from "../model/diffusion-model.ts";
import { animate } from "./animate.ts";
import type { AnimateOptions, AnimateProgress, AnimateRequest, Animation } from "./request.ts";
import { latentsInFolder, latentsInMemory } from "./store.ts";

let root: string;
let model: DiffusionModel;
let clip: ClipModel;
/** Rows that went into the denoiser. */
let asked = 0;
const host: Host = {
  ...nodeHost(),
  async session(bytes, options) {
    const session = await nodeHost().session(bytes, options);
    return {
      ...session,
      run(inputs, outputs) {
        if (inputs.text) asked += inputs.text.shape[0]!;
        return session.run(inputs, outputs);
      },
    };
  },
};
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "latentkit-"));
  await writeRandomModel(join(root, "tiny"));
  await writeRandomModel(join(root, "inpainting"), { ...tinySizes, unet: { ...tinySizes.unet, in: 9 } });
  [model, clip] = await Promise.all([
    DiffusionModel.open(host, join(root, "tiny")),
    ClipModel.open(host, join(root, "tiny")),
  ]);
});
beforeEach(() => {
  asked = 0;
});
afterAll(async () => {
  await Promise.all([model.close(), clip.close()]);
  rmSync(root, { recursive: true });
});

const [bear, apple] = ["a bear", "an apple"].map((prompt) => ({ prompt, seed: 7 })) as [
  { prompt: string; seed: number },
  { prompt: string; seed: number },
];
const usual: AnimateRequest = { ends: [bear, apple], frames: 4, steps: 5, anchor: 0.4 };

async function run(changes: Partial<AnimateRequest> = {}, options: AnimateOptions = {}, of = model) {
  const events: AnimateProgress[] = [];
  const running = animate(of, { ...usual, ...changes }, options);
  let next = await running.next();
  for (; !next.done; next = await running.next()) events.push(next.value);
  const pictures = events.flatMap(({ picture }) => picture ?? []);
  return { events, pictures, animation: next.value as Animation };
}

async function drawn(prompt: string, seed: number, more: object = {}): Promise<Picture> {
  const texts = [bear, apple];
  const request = { prompts: [prompt], seed, steps: 5, anchor: { share: 0.4, texts }, ...more };
  for await (const { drawn } of textToImage(model, request)) if (drawn) return drawn.picture;
  throw new Error("nothing was drawn");
}

describe("frames", () => {
  it.each(["dpmpp-2m", "euler a", "pndm", "unipc", "dpm2", "dpmpp-2m-sde"])(
    "begin and end with what %s draws with the same anchor, to the bit, whatever the batch",
    async (sampler) => {
      const [first, last] = [await drawn("a bear", 7, { sampler }), await drawn("an apple", 7, { sampler })];
      for (const batch of [1, 4]) {
        const { pictures } = await run({ sampler }, { batch });
        expect(pictures).toHaveLength(4);
        expect([pictures[0], pictures[3]]).toEqual([first, last]);
        expect(pictures[1]).not.toEqual(first);
      }
    },
  );

  it("have seeds, negative prompts and guidances of their ends", async () => {
    const ends = [
      { ...bear, seed: 3, negative: "red", guidance: 4 },
      { ...apple, seed: 4, negative: "blue", guidance: 1 },
    ];
    const { pictures, animation } = await run({ ends, anchor: 0 });
    expect(pictures[0]).toEqual(await drawn("a bear", 3, { negative: "red", guidance: 4, anchor: undefined }));
    expect(pictures[3]).toEqual(await drawn("an apple", 4, { guidance: 1, anchor: undefined }));
    expect(animation).toMatchObject({ pictures: 4, width: 32, height: 32, positions: [0, 1 / 3, 2 / 3, 1] });
  });

  it("share their first steps where they share their noise", async () => {
    await run();
    expect(asked).toBe(2 * (2 + 4 * 3));
    asked = 0;
    await run({ ends: [bear, { ...apple, seed: 8 }] });
    expect(asked).toBe(2 * 4 * 5);
  });

  it("are drawn once: a changed end draws its own side anew", async () => {
    const store = latentsInMemory();
    const ends = [bear, { prompt: "a fox", seed: 7 }, apple];
    const before = await run({ ends }, { store });
    expect(before.pictures).toHaveLength(7);
    asked = 0;
    const after = await run({ ends: [...ends.slice(0, 2), { prompt: "a pear", seed: 7 }] }, { store });
    expect(asked).toBe(2 * (2 + 3 * 3));
    expect(after.pictures.slice(0, 4)).toEqual(before.pictures.slice(0, 4));
    expect(after.pictures[6]).not.toEqual(before.pictures[6]);
    asked = 0;
    expect((await run({ ends, between: 2, playback: "ping-pong" }, { store })).pictures).toHaveLength(24);
    expect(asked).toBe(0);
  });

  it("outlive the program in a folder", async () => {
    const files = testHost();
    const first = await run({}, { store: latentsInFolder(files, "cache", "tiny") });
    asked = 0;
    expect((await run({}, { store: latentsInFolder(files, "cache", "tiny") })).pictures).toEqual(first.pictures);
    expect(asked).toBe(0);
    await run({}, { store: latentsInFolder(files, "cache", "another model") });
    expect(asked).toBeGreaterThan(0);
  });
});

describe("what is shown", () => {
  it("goes back the way it came, or round to where it began", async () => {
    const store = latentsInMemory();
    const { pictures: once } = await run({}, { store });
    const { pictures: back } = await run({ playback: "ping-pong" }, { store });
    expect(back).toEqual([...once, once[2], once[1]]);
    const { pictures: round, animation } = await run({ playback: "loop" }, { store });
    expect(round).toHaveLength(6);
    expect(round.slice(0, 4)).toEqual(once);
    // The way back begins and ends where the way there ends and begins.
    expect(animation.positions).toEqual([0, 1 / 3, 2 / 3, 1, 1 + 1 / 3, 1 + 2 / 3, 2]);
    expect(round.at(-1)).not.toEqual(once[0]);
  });

  it("has blends between frames, and frames among them", async () => {
    const store = latentsInMemory();
    const { pictures: frames } = await run({}, { store });
    const { pictures } = await run({ between: 3 }, { store });
    expect(pictures).toHaveLength(10);
    expect([0, 3, 6, 9].map((i) => pictures[i])).toEqual(frames);
  });

  it("moves as it is told", async () => {
    const { animation } = await run({ movement: [0, 0, 0.1, 1], ends: [bear, apple, bear] });
    expect(animation.positions).toEqual([0, 0, 0.2, 2]);
    expect((await run({ easing: "in" })).animation.positions[1]).toBeCloseTo(1 - Math.cos(Math.PI / 6));
    const ends = [{ ...bear, frames: 2 }, { ...apple, frames: 3 }, bear];
    expect((await run({ ends })).animation.positions).toEqual([0, 1, 1.5, 2]);
  });

  it("changes evenly where that is asked for", async () => {
    const [plain, even] = [await run({ frames: 8 }, { clip }), await run({ frames: 8, even: true }, { clip })];
    const [before, after] = [plain, even].map(({ animation }) => animation.smoothness.maxToMedian!) as [number, number];
    expect(after).toBeLessThan(Math.min(before, 1.15));
    expect([even.pictures[0], even.pictures[7]]).toEqual([plain.pictures[0], plain.pictures[7]]);
    expect(new Set(even.events.map(({ stage }) => stage))).toEqual(new Set(["opening", "spacing", "drawing"]));
  });
});

describe("pictures as ends", () => {
  const picture: Picture = {
    width: 48,
    height: 32,
    channels: 3,
    data: Uint8Array.from({ length: 48 * 32 * 3 }, (_, i) => 128 + 100 * Math.sin(i / 500 + (i % 3))),
  };

  it.each([0, 0.4])("are drawn again as the autoencoder sees them, with an anchor of %d", async (anchor) => {
    // Latents as long as those that denoisers are trained on.
    const folder = join(root, "scaled");
    await writeRandomModel(folder, { ...tinySizes, autoencoder: { ...tinySizes.autoencoder, scalingFactor: 4 } });
    const ends = [{ picture, seed: 1 }, { picture, prompt: "a bear", seed: 1 }, apple];
    const changes = { ends, steps: 20, frames: 2, anchor };
    const scaled = await DiffusionModel.open(host, folder);
    const { animation, pictures, events } = await run(changes, { clip }, scaled);
    await scaled.close();
    expect(pictures[0]).toMatchObject({ width: 32, height: 32 });
    const [plain, named, drawn] = animation.ends;
    expect(plain!.reconstructionPsnr).toBeGreaterThan(45);
    expect(plain!.psnr).toBeCloseTo(plain!.autoencoderPsnr!, 0);
    expect(named).toMatchObject({ prompt: "a bear", similarity: expect.any(Number), psnr: expect.any(Number) });
    expect(drawn).toEqual({ prompt: "an apple", similarity: expect.any(Number) });
    expect(events.findLast(({ stage }) => stage === "inverting")!.done).toBeCloseTo(2, 3);
  });
});

describe("progress", () => {
  it("tells the frames done, and shows what they may become", async () => {
    const { events } = await run({}, { preview: true });
    expect(events[0]).toEqual({ stage: "opening", done: 0, total: 1 });
    const drawing = events.filter(({ stage }) => stage === "drawing");
    for (const [i, { done }] of drawing.slice(1).entries()) expect(done).toBeGreaterThanOrEqual(drawing[i]!.done);
    expect(drawing.at(-1)).toMatchObject({ done: 4, total: 4 });
    expect(drawing.find(({ preview }) => preview)!.preview).toMatchObject({ width: 4, height: 4 });
  });

  it("ends between two evaluations when it is told to", async () => {
    const stop = new AbortController();
    const running = animate(model, usual, { signal: stop.signal });
    for await (const { done, stage } of { [Symbol.asyncIterator]: () => running }) {
      if (stage === "drawing" && done > 0.5) stop.abort(new Error("enough"));
      if (done > 0.5) break;
    }
    const again = animate(model, usual, { signal: stop.signal });
    const work = async (): Promise<void> => {
      for await (const _ of { [Symbol.asyncIterator]: () => again });
    };
    asked = 0;
    await expect(work()).rejects.toThrow("enough");
    expect(asked).toBe(0);
  });
});

describe("refuses", () => {
  const picture: Picture = { width: 1, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3) };
  it.each<[string, Partial<AnimateRequest>, string]>([
    ["one end", { ends: [bear] }, "an animation has two ends or more, not 1: name another"],
    ["no frames", { frames: 0 }, "0 frames do not lead from one end to the next: ask for 2 or more"],
    ["nothing between", { between: 0 }, "between 0 is not a whole number from 1 on"],
    ["too much anchor", { anchor: 2 }, "anchor 2 is not from 0 to 1"],
    ["odd sizes", { width: 33 }, "width 33 is not a multiple of 8; use 32 or 40"],
    ["unknown samplers", { sampler: "eulr" }, "eulr"],
    ["a bad seed", { ends: [bear, { ...apple, seed: -1 }] }, "seed -1 is not a whole number from 0"],
    ["a bad guidance", { ends: [bear, { ...apple, guidance: Number.NaN }] }, "guidance NaN is not a number from 0 on"],
    ["moving back", { movement: [0, 0.5, 0.4] }, "a movement goes from 0 to 1 in one frame or more, and never back"],
    ["pictures by chance", { ends: [bear, { picture, seed: 1 }], sampler: "euler a" }, "leave out the sampler euler a"],
  ])("%s", async (_, changes, message) => {
    const error = await run(changes).catch((e: Error) => e);
    expect(error).toMatchObject({ name: "UserError", message: expect.stringContaining(message) });
  });

  it("in-painting models", async () => {
    const other = await DiffusionModel.open(host, join(root, "inpainting"));
    await expect(animate(other, usual).next()).rejects.toThrow(
      "is an in-painting model, which fills holes in pictures",
    );
    await other.close();
  });
});
