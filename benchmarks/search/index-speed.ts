import { createTable } from "../../src/host/node/lance/table.ts";
import { openSee } from "../../src/host/node/see.ts";
import { walk } from "../../src/host/node/walk.ts";
import { nodeHost } from "../../src/host/node.ts";
import { atOnce, type ClipModel } from "../../src/pipelines/clip/clip.ts";
import { buildIndex } from "../../src/pipelines/search/build.ts";
import { formOf, type IndexModel } from "../../src/pipelines/search/table.ts";
import { median } from "../report.ts";

/** Pictures a second. */
export interface IndexSpeed {
  /** Of the model alone, batch after batch of ready pixels. */
  readonly bare: number;
  /** Of all that index build does. */
  readonly build: number;
}

/** Median over turns in which the bare model and the index take the same time to be disturbed in. */
export async function indexSpeed(
  model: ClipModel,
  identity: IndexModel,
  folder: string,
  { index, pictures, turns = 3 }: { readonly index: string; readonly pictures: number; readonly turns?: number },
): Promise<IndexSpeed> {
  const { imageSize } = model.config.vision;
  const pixels = await model.pixelsOf({
    ...{ width: imageSize, height: imageSize, channels: 3 },
    data: new Uint8Array(3 * imageSize ** 2).map((_, i) => i),
  });
  const batch = new Array(atOnce.pictures).fill(pixels);
  const bareOnce = async (): Promise<number> => {
    const batches = Math.ceil(pictures / batch.length);
    const began = performance.now();
    for (let i = 0; i < batches; i++) await model.embedPixels(batch);
    return (1000 * batches * batch.length) / (performance.now() - began);
  };
  const buildOnce = async (turn: number): Promise<number> => {
    const table = await createTable(`${index}-${turn}`, formOf(identity, model.config.projection));
    const began = performance.now();
    const { see, close } = openSee(model.preprocessing);
    const steps = buildIndex({ host: nodeHost(), walk, see, table, model, root: folder });
    let step = await steps.next();
    while (!step.done) step = await steps.next();
    const seconds = (performance.now() - began) / 1000;
    await close();
    table.close();
    return step.value.added / seconds;
  };
  await bareOnce();
  const [bare, build]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < turns; turn++) {
    bare.push(await bareOnce());
    build.push(await buildOnce(turn));
  }
  return { bare: median(bare), build: median(build) };
}
