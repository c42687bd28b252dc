// Memory over a long animation, as the command makes it: npx tsx tools/animation/memory.ts [frames [file]]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pocketFolder } from "../../src/host/node/pocket.ts";
import { openVideo } from "../../src/host/node/video/open.ts";
import { nodeHost } from "../../src/host/node.ts";
import { animate } from "../../src/pipelines/animate/animate.ts";
import { latentsInFolder } from "../../src/pipelines/animate/store.ts";
import { DiffusionModel } from "../../src/pipelines/model/diffusion-model.ts";

const frames = Number(process.argv[2] ?? 2000);
const folder = mkdtempSync(join(tmpdir(), "latentkit-"));
const file = process.argv[3] ?? join(folder, "long.gif");
const [width, height] = [64, 64];

const host = nodeHost();
const model = await DiffusionModel.open(host, pocketFolder);
const writer = await openVideo(file, { width, height, fps: 25 });
const ends = ["a picture of a bear", "a picture of an apple"].map((prompt) => ({ prompt, seed: 1 }));
// There and back, so that frames are read from the folder too.
const request = { ends, frames: frames / 2 + 1, steps: 2, width, height, playback: "ping-pong" } as const;
let count = 0;
for await (const { picture } of animate(model, request, { store: latentsInFolder(host, folder, "") })) {
  if (!picture) continue;
  await writer.write(picture);
  if (++count % Math.ceil(frames / 20) === 0 || count === 1) {
    const { rss, heapUsed } = process.memoryUsage();
    console.log(
      `${count} pictures: ${(rss / 2 ** 20).toFixed(0)} MB, of which heap ${(heapUsed / 2 ** 20).toFixed(0)} MB`,
    );
  }
}
await writer.close();
await model.close();
rmSync(folder, { recursive: true });
