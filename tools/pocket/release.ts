// Gathers what was trained into models/pocket, in half precision: npx tsx tools/pocket/release.ts [.training]
import { nodeHost } from "../../src/host/node.ts";
import { openModelDirectory, writeModelDirectory } from "../../src/weights/model-directory.ts";
import { released } from "./halves.ts";

const [training = ".training"] = process.argv.slice(2);
const host = nodeHost();
const pipeline = await openModelDirectory(host, `${training}/diffusion`);
const clip = await openModelDirectory(host, `${training}/clip`);
await writeModelDirectory(host, "models/pocket", await released(pipeline, clip, { steps: 20, guidance: 4 }));
