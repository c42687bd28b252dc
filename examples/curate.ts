// A data set of pictures that their captions describe: npx tsx examples/curate.ts pairs.csv data
import {
  beginCuration,
  ClipModel,
  Comparer,
  curate,
  curateDefaults,
  fetchDefaults,
  Limit,
  modelDigest,
} from "latentkit";
import { nodeHost, openFetch, openLook, openSpool, pairLists, pocketFolder, walk } from "latentkit/node";

const [pairs = "pairs.csv", out = "data", folder = pocketFolder] = process.argv.slice(2);

const host = nodeHost();
const clip = await ClipModel.open(host, folder, { patient: true });
const model = { name: folder, digest: await modelDigest(host, folder) };
const options = { ...curateDefaults, inputs: [pairs], model, size: 128, minSimilarity: 0.2 };
const curation = await beginCuration(host, out, options, fetchDefaults);

async function openTools() {
  const web = openFetch(fetchDefaults);
  const threads = await openLook({ ...options, preprocessing: clip.preprocessing }, 2);
  return {
    ...{ fetch: web.fetch, look: threads.look, compare: new Comparer(clip).compare, spool: openSpool },
    ...{ aesthetic: undefined, safety: undefined, limit: new Limit(fetchDefaults.inFlight), now: Date.now },
    close: async () => void (await Promise.all([web.close(), threads.close()])),
  };
}

const steps = curate({ curation, inputs: { lists: pairLists, walk }, openTools });
let step = await steps.next();
for (; !step.done; step = await steps.next()) console.log(`${step.value.stage}: ${step.value.done}`);
console.log(`kept ${step.value.kept} of ${step.value.gathered.read} pairs: ${out}/report.html`);
await clip.close();
