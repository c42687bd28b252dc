import { UsageError } from "../../../errors.ts";
import { nodeHost } from "../../../host/node.ts";
import { ClipModel, similarities, softmax } from "../../../pipelines/clip/clip.ts";
import { choicesOf, clipChoices } from "../choices.ts";
import type { Context, Given } from "../command.ts";
import { engineOf, engineOptions } from "../engine.ts";
import { modelFolder, readPicture } from "../files.ts";
import type { Options } from "../options.ts";
import { table } from "../table.ts";

export const usage = `similarity PICTURE… --text "TEXT" [--text …] [options]

Tells how alike pictures and texts are to CLIP: cosines, from -1 to 1. With --json also each
text's share, a softmax at the model's own temperature.

  latentkit similarity bear.png apple.jpg --text "a bear" --text "an apple"`;

export const options = {
  text: { type: "string", value: "TEXT", multiple: true, help: "a text to compare with; may be given several times" },
  ...clipChoices,
  ...engineOptions,
} as const satisfies Options;

export async function run({ values, positionals }: Given<typeof options>, context: Context): Promise<void> {
  const texts = values.text;
  if (positionals.length === 0) throw new UsageError('name pictures: latentkit similarity bear.png --text "a bear"');
  if (texts.length === 0) throw new UsageError('give texts to compare with: --text "a bear"');
  const engine = engineOf(values);
  const host = nodeHost();
  const model = await ClipModel.open(host, await modelFolder(host, values.model, context), {
    ...engine,
    ...(await choicesOf(host, values, context)),
  });
  for (const note of model.notes) context.display.note(note);
  try {
    const pictures = await Promise.all(positionals.map((path) => readPicture(host, path)));
    const cosine = similarities(await model.embedImages(pictures), await model.embedTexts(texts));
    const shares = cosine.map((row) => softmax(row, model.scale));
    const rows = positionals.map((path, i) => [path, ...cosine[i]!.map((value) => value.toFixed(3))]);
    context.result(
      { model: model.folder, images: positionals, texts, cosine, softmax: shares },
      table(["", ...texts], rows),
    );
  } finally {
    await model.close();
  }
}
