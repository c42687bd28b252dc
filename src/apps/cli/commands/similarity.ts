import { UsageError } from "../../../errors.ts";
import { matrixPlot, mostPlotted } from "../../../host/node/matrix-plot.ts";
import { nodeHost } from "../../../host/node.ts";
import { ClipModel } from "../../../pipelines/clip/clip.ts";
import { type Comparison, compare } from "../../../pipelines/clip/compare.ts";
import type { Host } from "../../../runtime/host.ts";
import { choicesOf, clipChoices } from "../choices.ts";
import { percent } from "../classified.ts";
import type { Context, Given } from "../command.ts";
import { engineOf, engineOptions } from "../engine.ts";
import { checkWritable, modelFolder, readPicture } from "../files.ts";
import type { Options } from "../options.ts";
import { pictureFiles } from "../picture-files.ts";
import { table } from "../table.ts";

export const usage = `similarity PICTURE… --text "TEXT" [--text …] [options]

Tells how alike pictures and texts are to CLIP: cosines, from -1 to 1; and their shares, a softmax
at the model's own temperature: of the texts for each picture, of the pictures for each text.
A picture may be a folder: all below it are meant.

  latentkit similarity bear.png apple.jpg --text "a bear" --text "an apple"
  latentkit similarity holiday --text "the sea" --text "a street" --plot matrix.png`;

export const options = {
  text: { type: "string", value: "TEXT", multiple: true, help: "a text to compare with; may be given several times" },
  plot: { type: "string", value: "FILE", help: "a PNG of the matrix: pictures along the top, texts down the side" },
  ...clipChoices,
  ...engineOptions,
} as const satisfies Options;

export async function run({ values, positionals }: Given<typeof options>, context: Context): Promise<void> {
  const texts = values.text;
  if (positionals.length === 0) throw new UsageError('name pictures: latentkit similarity bear.png --text "a bear"');
  if (texts.length === 0) throw new UsageError('give texts to compare with: --text "a bear"');
  if (texts.some((text) => text.trim() === "")) throw new UsageError("--text is empty; write what to compare with");
  const engine = engineOf(values);
  const images = await pictureFiles(positionals);
  if (values.plot !== undefined) await checkPlot(values.plot, images.length, texts.length);
  const host = nodeHost();
  const model = await ClipModel.open(host, await modelFolder(host, values.model, context), {
    ...engine,
    ...(await choicesOf(host, values, context)),
  });
  for (const note of model.notes) context.display.note(note);
  try {
    const comparison = await compare(model, images, texts);
    const { cosines: cosine, textShares: softmax, pictureShares: softmaxOfPictures } = comparison;
    if (values.plot !== undefined) await plot(host, values.plot, images, texts, cosine);
    context.result(
      { model: model.folder, scale: model.scale, images, texts, cosine, softmax, softmaxOfPictures },
      tables(images, texts, comparison),
    );
  } finally {
    await model.close();
  }
}

async function checkPlot(path: string, pictures: number, texts: number): Promise<void> {
  if (!path.toLowerCase().endsWith(".png")) throw new UsageError(`--plot ${path} does not end in .png`);
  if (Math.max(pictures, texts) > mostPlotted)
    throw new UsageError(`--plot has room for ${mostPlotted} pictures and texts, not ${pictures} and ${texts}`);
  await checkWritable(path);
}

async function plot(
  host: Host,
  path: string,
  images: readonly string[],
  texts: readonly string[],
  values: readonly (readonly number[])[],
): Promise<void> {
  const pictures = images.map((image) => () => readPicture(host, image));
  await host.write(path, [await matrixPlot({ pictures, texts, values })]);
}

/** Letters up to which texts stand above their columns. */
const widest = 100;

/** Cosines and, where there are several to choose from, shares. Long texts are numbered, and listed first. */
function tables(images: readonly string[], texts: readonly string[], comparison: Comparison): string {
  const { cosines, textShares, pictureShares } = comparison;
  const width = Math.max(...images.map((image) => image.length)) + texts.join("  ").length;
  const heads = width <= widest ? texts : texts.map((_, j) => `[${j + 1}]`);
  const matrix = (name: string, rows: readonly (readonly number[])[], show: (value: number) => string): string =>
    table(
      [name, ...heads],
      rows.map((row, i) => [images[i]!, ...row.map(show)]),
    );
  return [
    ...(heads === texts ? [] : [texts.map((text, j) => `[${j + 1}] ${text}`).join("\n")]),
    matrix("cosine", cosines, (value) => value.toFixed(3)),
    ...(texts.length > 1 ? [matrix("share of texts", textShares, percent)] : []),
    ...(images.length > 1 ? [matrix("share of pictures", pictureShares, percent)] : []),
  ].join("\n\n");
}
