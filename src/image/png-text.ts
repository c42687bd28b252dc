import { type PngChunk, readChunks, writeChunks } from "./png.ts";

const latin1 = (bytes: Uint8Array): string => {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
};

/** Bytes between zeros: `count` fields, the last one with all that is left. */
function fields(data: Uint8Array, count: number): Uint8Array[] | undefined {
  const found: Uint8Array[] = [];
  let rest = data;
  while (found.length < count - 1) {
    const zero = rest.indexOf(0);
    if (zero < 0) return undefined;
    found.push(rest.subarray(0, zero));
    rest = rest.subarray(zero + 1);
  }
  return [...found, rest];
}

/** Keyword and text of a `tEXt` or an uncompressed `iTXt` chunk (PNG specification, sections 11.3.4.3 and 11.3.4.5). */
function textOf({ type, data }: PngChunk): readonly [string, string] | undefined {
  if (type === "tEXt") {
    const [keyword, text] = fields(data, 2) ?? [];
    return keyword && text && [latin1(keyword), latin1(text)];
  }
  if (type !== "iTXt") return undefined;
  const [keyword, rest] = fields(data, 2) ?? [];
  if (!keyword || !rest || rest[0] !== 0) return undefined;
  const [, , text] = fields(rest.subarray(2), 3) ?? [];
  return text && [latin1(keyword), new TextDecoder().decode(text)];
}

/**
 * The texts of a PNG file by keyword; the last one counts where a keyword repeats, compressed ones are left out.
 * Throws a UserError where the file is no PNG or damaged.
 */
export function readPngText(png: Uint8Array, name: string): Map<string, string> {
  return new Map(readChunks(png, name).flatMap((chunk) => [textOf(chunk) ?? []].filter((pair) => pair.length === 2)));
}

/** A text under a keyword of 1 to 79 Latin letters. */
export function textChunk(keyword: string, text: string): PngChunk {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Latin-1 without zero is what tEXt can hold
  if (/^[\x01-\xff]*$/.test(text))
    return { type: "tEXt", data: Uint8Array.from(`${keyword}\0${text}`, (c) => c.charCodeAt(0)) };
  const utf8 = new TextEncoder().encode(`${keyword}\0\0\0\0\0${text}`);
  return { type: "iTXt", data: utf8 };
}

/** The PNG with texts put before its pixels, in place of those of the same keywords. Keywords are 1 to 79 Latin letters. */
export function insertPngText(png: Uint8Array, texts: Readonly<Record<string, string>>, name = "picture"): Uint8Array {
  const kept = readChunks(png, name).filter((chunk) => {
    const keyword = textOf(chunk)?.[0];
    return keyword === undefined || !Object.hasOwn(texts, keyword);
  });
  const added = Object.entries(texts).map(([keyword, text]) => textChunk(keyword, text));
  return writeChunks([...kept.slice(0, 1), ...added, ...kept.slice(1)]);
}
