import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeRandomModel } from "../../../tests/support/tiny-model.ts";
import { nodeHost } from "../../host/node.ts";
import { coloursOf, matchColours, toLab } from "../../image/lab.ts";
import { warp } from "../../image/warp.ts";
import type { Picture } from "../../runtime/host.ts";
import type { DrawRequest } from "../draw/request.ts";
import { textToImage } from "../draw/text-to-image.ts";
import { DiffusionModel } from "../model/diffusion-model.ts";
import { type CameraRequest, followCamera } from "./camera.ts";
import type { AnimateOptions, Animation } from "./request.ts";
import { latentsInMemory } from "./store.ts";

let folder: string;
let model: DiffusionModel;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "camera-"));
  await writeRandomModel(folder);
  model = await DiffusionModel.open(nodeHost(), folder);
});
afterAll(async () => {
  await model.close();
  rmSync(folder, { recursive: true });
});

const request = {
  ends: [
    { prompt: "a bear", seed: 7 },
    { prompt: "an apple", seed: 7 },
  ],
  frames: 2,
  steps: 4,
  camera: "zoom 1.2, rotate 10, x 1",
} satisfies CameraRequest;

async function travel(
  changes: Partial<CameraRequest> = {},
  options: AnimateOptions = {},
): Promise<{ pictures: Picture[]; animation: Animation }> {
  const run = followCamera(model, { ...request, ...changes }, options);
  const pictures: Picture[] = [];
  let next = await run.next();
  for (; !next.done; next = await run.next()) if (next.value.picture) pictures.push(next.value.picture);
  return { pictures, animation: next.value };
}

async function draw(changes: Partial<DrawRequest>): Promise<Picture> {
  const run = textToImage(model, { prompts: ["a bear"], seed: 7, steps: 4, ...changes });
  let next = await run.next();
  while (!next.done) next = await run.next();
  return next.value[0]!.picture;
}

describe("followCamera", () => {
  it("draws each frame from the one before, moved and in the first one's colours", async () => {
    const { pictures, animation } = await travel({ border: "wrap", strength: 0.75 });
    expect(pictures[0]).toEqual(await draw({}));
    const [first] = pictures as [Picture];
    const moved = warp(first, { zoom: 1.2, rotate: 10, x: 1, y: 0 }, "wrap");
    const init = { picture: matchColours(moved, coloursOf(toLab(first))), strength: 0.75 };
    expect(pictures[1]).toEqual(await draw({ prompts: ["an apple"], seed: 8, init }));
    expect(animation).toMatchObject({ pictures: 2, width: 32, height: 32, positions: [0, 1] });
  });

  it("follows one prompt too, and starts from a picture", async () => {
    const picture = await draw({ seed: 3 });
    const { pictures } = await travel({ ends: [{ prompt: "a bear", picture, seed: 7 }], frames: 3 });
    expect(pictures).toHaveLength(3);
    expect(pictures[0]).toEqual(picture);
    expect(pictures[1]).not.toEqual(picture);
  });

  it("draws anew only what changed", async () => {
    const store = latentsInMemory();
    const put: string[] = [];
    const counted = {
      ...store,
      put: async (...[key, latents]: Parameters<typeof store.put>) => {
        put.push(key);
        await store.put(key, latents);
      },
    };
    const { pictures } = await travel({ frames: 4 }, { store: counted });
    expect(put).toHaveLength(4);
    expect((await travel({ frames: 4 }, { store: counted })).pictures).toEqual(pictures);
    expect(put).toHaveLength(4);
    await travel({ frames: 4, camera: "zoom 1.2, rotate 10, x 0:1 2:1 3:5" }, { store: counted });
    expect(put).toHaveLength(5);
  });

  it("stops when it is told", async () => {
    const stop = new AbortController();
    const run = followCamera(model, { ...request, frames: 9 }, { signal: stop.signal });
    for (let i = 0; i < 5; i++) await run.next();
    stop.abort(new Error("enough"));
    await expect(run.next()).rejects.toThrow("enough");
  });

  it.each([
    [{ strength: 1.5 }, "strength 1.5 is not from 0 to 1"],
    [{ even: true }, "a camera goes without even frames"],
    [{ playback: "loop" }, "a camera goes without going back or round"],
    [{ between: 2 }, "a camera goes without frames in between"],
    [{ anchor: 0.2 }, "a camera goes without an anchor"],
    [{ camera: "pan 2" }, "camera: pan at character 1: must be one of zoom, rotate, x, y"],
    [
      { ends: [{ seed: 1 }, { seed: 1, picture: { width: 1, height: 1, channels: 3, data: new Uint8Array(3) } }] },
      "only the first end can be a picture",
    ],
    [{ ends: [] }, "an animation has two ends or more, not 0"],
  ] satisfies [Partial<CameraRequest>, string][])("says what is wrong with %j", async (changes, message) => {
    await expect(travel(changes)).rejects.toThrow(message);
  });
});
