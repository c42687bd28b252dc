import type { OverlayOptions } from "sharp";
import type { Picture } from "../../runtime/host.ts";

/** A picture and what is written below it. */
export interface NamedPicture {
  readonly picture: Picture;
  readonly name: string;
}

const gap = 12;
const lineHeight = 13;
const fontSize = 11;
/** Of a letter, as a share of the font's size, on average and rather too wide. */
const letterWidth = 0.56;
const mostLines = 2;

/** Words in lines of at most so many letters; what has no room ends in "…". */
export function wrap(text: string, letters: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line !== "" && line.length + 1 + word.length > letters) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`.trim();
  }
  const shown = lines
    .slice(0, mostLines)
    .map((line) => (line.length > letters ? `${line.slice(0, letters - 1)}…` : line));
  if (lines.length > mostLines) shown[mostLines - 1] = `${shown[mostLines - 1]!.slice(0, letters - 1).trimEnd()}…`;
  return shown;
}

export const xmlText = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** A PNG of pictures of one size in rows, each with its name below. */
export async function namedSheet(pictures: readonly NamedPicture[], columns: number): Promise<Uint8Array> {
  const { default: sharp } = await import("sharp");
  const { width, height } = pictures[0]!.picture;
  const cell = { width: width + gap, height: height + gap + mostLines * lineHeight };
  const letters = Math.floor((width + gap) / (fontSize * letterWidth));
  const layers: OverlayOptions[] = [];
  let texts = "";
  for (const [i, { picture, name }] of pictures.entries()) {
    const left = gap + (i % columns) * cell.width;
    const top = gap + Math.floor(i / columns) * cell.height;
    const raw = { width: picture.width, height: picture.height, channels: picture.channels };
    layers.push({ input: Buffer.from(picture.data), raw, left, top });
    for (const [n, line] of wrap(name, letters).entries())
      texts += `<text x="${left + width / 2}" y="${top + height + lineHeight * (n + 1)}">${xmlText(line)}</text>`;
  }
  const size = {
    width: gap + Math.min(columns, pictures.length) * cell.width,
    height: gap + Math.ceil(pictures.length / columns) * cell.height,
  };
  const style = `font-family="DejaVu Sans, Arial, sans-serif" font-size="${fontSize}" text-anchor="middle" fill="#333"`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" ${style}>${texts}</svg>`;
  const sheet = sharp({ create: { ...size, channels: 3, background: "#fff" } });
  const png = sheet
    .composite([...layers, { input: Buffer.from(svg), left: 0, top: 0 }])
    .removeAlpha()
    .png();
  return new Uint8Array(await png.toBuffer());
}
