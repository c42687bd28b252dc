// Draws a picture: npx tsx examples/draw.ts "a picture of a bear" bear.png
import { DiffusionModel, textToImage } from "latentkit";
import { nodeHost, pocketFolder } from "latentkit/node";

const [prompt = "a picture of a bear", file = "bear.png", folder = pocketFolder] = process.argv.slice(2);

const host = nodeHost();
const model = await DiffusionModel.open(host, folder);
for await (const { stage, step, steps, drawn } of textToImage(model, { prompts: [prompt], seed: 7 })) {
  if (stage === "drawing") console.log(`step ${step} of ${steps}`);
  if (drawn) await host.write(file, [await host.encodePicture(drawn.picture, "png")]);
}
await model.close();
