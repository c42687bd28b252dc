// Changes a picture, and keeps in it how it was made: npx tsx examples/redraw.ts bear.png "a picture of a fox" fox.png
import { DiffusionModel, formatSettings, insertPngText, parseSettings, readPngText, textToImage } from "latentkit";
import { nodeHost, pocketFolder } from "latentkit/node";

const [from = "bear.png", prompt = "a picture of a fox", to = "fox.png", folder = pocketFolder] = process.argv.slice(2);

const host = nodeHost();
const source = await host.open(from);
const bytes = await source.read(0, source.size);
const init = { picture: await host.decodePicture(bytes, from), strength: 0.7 };

// What a PNG of ours, or of AUTOMATIC1111's, says about itself.
const text = readPngText(bytes, from).get("parameters");
const { seed = 7, steps = 20 } = text === undefined ? {} : parseSettings(text);

const model = await DiffusionModel.open(host, folder);
const stop = AbortSignal.timeout(60_000);
for await (const { drawn } of textToImage(model, { prompts: [prompt], seed, steps, init }, { signal: stop })) {
  if (!drawn) continue;
  const png = await host.encodePicture(drawn.picture, "png");
  await host.write(to, [insertPngText(png, { parameters: formatSettings(drawn.settings) })]);
}
await model.close();
