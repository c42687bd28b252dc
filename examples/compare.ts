// What a picture shows, to CLIP: npx tsx examples/compare.ts bear.png bear,apple,tree
import { ClipModel, embedLabels, similarities, softmax } from "latentkit";
import { nodeHost, pocketFolder } from "latentkit/node";

const [file = "bear.png", list = "bear,apple,tree", folder = pocketFolder] = process.argv.slice(2);
const labels = list.split(",");

const host = nodeHost();
const clip = await ClipModel.open(host, folder);
const source = await host.open(file);
const picture = await host.decodePicture(await source.read(0, source.size), file);

const texts = await embedLabels(clip, labels, ["a picture of a {}"]);
const [cosines] = similarities(await clip.embedImages([picture]), texts);
for (const [i, share] of softmax(cosines!, clip.scale).entries())
  console.log(`${labels[i]}: ${(100 * share).toFixed(1)} %, cosine ${cosines![i]!.toFixed(3)}`);
await clip.close();
