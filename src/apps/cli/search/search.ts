import { UsageError } from "../../../errors.ts";
import { namedSheet } from "../../../host/node/named-sheet.ts";
import { onSquare } from "../../../image/square.ts";
import { type Head, readHead } from "../../../pipelines/clip/head.ts";
import { queryVector, type Term } from "../../../pipelines/search/query.ts";
import { type Hit, search } from "../../../pipelines/search/search.ts";
import type { Host } from "../../../runtime/host.ts";
import type { Context } from "../command.ts";
import { checkWritable, readPicture } from "../files.ts";
import { table as aligned } from "../table.ts";
import { type GivenModel, openWithModel } from "./open.ts";

export interface SearchCommand {
  readonly index: string;
  readonly words: string | undefined;
  readonly images: readonly string[];
  readonly plus: readonly string[];
  readonly minus: readonly string[];
  readonly leans: readonly { readonly text: string; readonly weight: number }[];
  /** A head by its file, and how much what it scores high comes earlier. */
  readonly aesthetic: { readonly file: string; readonly weight: number } | undefined;
  readonly count: number;
  readonly where: string | undefined;
  readonly unique: boolean;
  readonly sheet: string | undefined;
  readonly model: GivenModel;
}

export async function searchCommand(given: SearchCommand, context: Context): Promise<void> {
  const { index, words, images, plus, minus, leans, aesthetic, count, where, unique, sheet } = given;
  if (words === undefined && images.length + plus.length === 0)
    throw new UsageError(`say what to look for: latentkit index search ${index} "a red apple", or --image FILE`);
  if (sheet !== undefined) {
    if (!/\.png$/i.test(sheet)) throw new UsageError(`--sheet ${sheet} does not end in .png`);
    await checkWritable(sheet);
  }
  const { host, model, identity, table } = await openWithModel(index, given.model, context);
  try {
    const terms: Term[] = [
      ...(words === undefined ? [] : [{ text: words }]),
      ...(await Promise.all(images.map(async (path) => ({ picture: await readPicture(host, path) })))),
      ...plus.map((text) => ({ text })),
      ...minus.map((text) => ({ text, weight: -1 })),
    ];
    const { projection: width } = model.config;
    const head = aesthetic && (await readHead(host, aesthetic.file, { digest: identity.digest, width }));
    const query = await queryVector(model, terms, [...leans, ...leanOf(head, aesthetic?.weight)]);
    const began = performance.now();
    const hits = await search(table, query, { count, where, deduplicate: unique, head });
    const milliseconds = performance.now() - began;
    if (sheet !== undefined && hits.length > 0) await host.write(sheet, [await sheetOf(host, hits)]);
    const shown = hits.map(({ thumbnail: _, ...hit }) => hit);
    const rows = shown.map(({ similarity, score, file, width, height, caption = "" }) => [
      similarity.toFixed(3),
      ...(head ? [score!.toFixed(2)] : []),
      file,
      `${width}x${height}`,
      caption.length > 60 ? `${caption.slice(0, 59)}…` : caption,
    ]);
    const text =
      hits.length > 0
        ? aligned(["cosine", ...(head ? ["score"] : []), "picture", "size", "caption"], rows)
        : "nothing was found";
    context.result({ index, milliseconds, hits: shown }, text);
  } finally {
    table.close();
    await model.close();
  }
}

/**
 * A head's scores are products with its weights: turned towards these, a query finds by cosine and score together, in all
 * of the index. clip-retrieval turns it towards a text's or rating's vector likewise.
 */
const leanOf = (head: Head | undefined, weight = 0): Term[] => (head ? [{ vector: head.weight, weight }] : []);

/** Edge of a picture on a sheet, and pictures in a row. */
const [edge, columns] = [128, 5];

async function sheetOf(host: Host, hits: readonly Hit[]): Promise<Uint8Array> {
  const pictures = await Promise.all(
    hits.map(async ({ thumbnail, file, similarity, caption }) => ({
      picture: onSquare(await host.decodePicture(thumbnail, file), edge),
      name: `${similarity.toFixed(3)} ${caption ?? file.slice(file.lastIndexOf("/") + 1)}`,
    })),
  );
  return namedSheet(pictures, columns);
}
