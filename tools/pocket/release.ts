// Gathers what was trained into models/pocket, in half precision: npx tsx tools/pocket/release.ts [.training]
// The LoRA for few steps comes along where one was distilled.
import { nodeHost } from "../../src/host/node.ts";
import { fewStepsFile } from "../../src/weights/lora.ts";
import { openModelDirectory, writeModelDirectory } from "../../src/weights/model-directory.ts";
import { released } from "./halves.ts";

const [training = ".training"] = process.argv.slice(2);
const host = nodeHost();
const pipeline = await openModelDirectory(host, `${training}/diffusion`);
const clip = await openModelDirectory(host, `${training}/clip`);
await writeModelDirectory(host, "models/pocket", await released(pipeline, clip, { steps: 20, guidance: 4 }));

const fewSteps = `${training}/distil/${fewStepsFile}`;
if (await host.exists(fewSteps)) {
  const source = await host.open(fewSteps);
  await host.write(`models/pocket/${fewStepsFile}`, [await source.read(0, source.size)]);
}
