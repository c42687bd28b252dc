// Draws a sheet of composed pictures with their captions: npx tsx tools/corpus/samples.ts [sheet.png] [seed] [plain] [inked] [distorted]
import sharp, { type OverlayOptions } from "sharp";
import { compose } from "./compose.ts";
import { openCorpus } from "./corpus.ts";

const [path = "samples.png", seed = "1", plain = "0.3", inked = "0", distorted = "0"] = process.argv.slice(2);
const [columns, rows, size, cell, text] = [8, 6, 128, 168, 52];

const corpus = openCorpus(".corpus", "generator");

/** Words in lines of at most 30 letters. */
function lines(caption: string): string[] {
  const wrapped = [""];
  for (const word of caption.split(" ")) {
    const line = wrapped.at(-1)!;
    if (line.length + word.length > 29) wrapped.push(word);
    else wrapped[wrapped.length - 1] = `${line} ${word}`.trim();
  }
  return wrapped;
}

const xmlText = (s: string): string => s.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

const layers: OverlayOptions[] = [];
let labels = "";
for (let i = 0; i < columns * rows; i++) {
  const [left, top] = [(i % columns) * cell + 20, Math.floor(i / columns) * (size + text) + 8];
  const shares = { plain: Number(plain), inked: Number(inked), distorted: Number(distorted) };
  const { pixels, caption } = compose(corpus, Number(seed), i, { size, ...shares });
  layers.push({ input: Buffer.from(pixels), raw: { width: size, height: size, channels: 3 }, left, top });
  lines(caption).forEach((line, n) => {
    labels += `<text x="${left - 16}" y="${top + size + 12 + n * 11}">${xmlText(line)}</text>`;
  });
}
const [width, height] = [columns * cell, rows * (size + text)];
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="10">${labels}</svg>`;
await sharp({ create: { width, height, channels: 3, background: "#dddddd" } })
  .composite([...layers, { input: Buffer.from(svg), left: 0, top: 0 }])
  .png()
  .toFile(path);
