import type { OverlayOptions, Sharp } from "sharp";
import type { Picture } from "../../runtime/host.ts";
import { wrap, xmlText } from "./named-sheet.ts";

/** Numbers for each picture and each text. */
export interface Matrix {
  /** They are read one after the other: large ones only fit into memory so. */
  readonly pictures: readonly (() => Promise<Picture>)[];
  readonly texts: readonly string[];
  /** A row for each picture, a number for each text. */
  readonly values: readonly (readonly number[])[];
}

/** Pictures and texts up to which a plot has room for both. */
export const mostPlotted = 100;

const margin = 16;
const fontSize = 14;
const lineHeight = 18;
/** Of a letter, as a share of the font's size, on average and rather too wide. */
const letterWidth = 0.56;
const widestText = 320;

/** From low to high: dark blue to yellow, of even steps in lightness (viridis, van der Walt & Smith 2015). */
const ramp = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
] as const;

function colour(share: number): readonly [number, number, number] {
  const at = Math.min(Math.max(share, 0), 1) * (ramp.length - 1);
  const [from, to] = [ramp[Math.floor(at)]!, ramp[Math.ceil(at)]!];
  const mixed = (c: 0 | 1 | 2): number => Math.round(from[c] + (to[c] - from[c]) * (at % 1));
  return [mixed(0), mixed(1), mixed(2)];
}

/** A PNG of a matrix: pictures along the top, texts down the left, each cell shaded by its number from least to most. */
export async function matrixPlot({ pictures, texts, values }: Matrix): Promise<Uint8Array> {
  const { default: sharp } = await import("sharp");
  const cell = { width: Math.max(44, Math.min(128, Math.floor(1600 / pictures.length))), height: 2 * lineHeight + 8 };
  const letters = Math.floor(widestText / (fontSize * letterWidth));
  const wrapped = texts.map((text) => wrap(text, letters));
  const longest = Math.max(...wrapped.flat().map((line) => line.length));
  const left = margin + Math.ceil(longest * fontSize * letterWidth) + margin / 2;
  const top = margin + cell.width + margin / 2;
  const size = {
    width: left + pictures.length * cell.width + margin,
    height: top + texts.length * cell.height + margin,
  };
  const numbers = values.flat();
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  const parts: string[] = [];
  for (const [j, lines] of wrapped.entries()) {
    const middle = top + (j + 0.5) * cell.height;
    for (const [n, line] of lines.entries()) {
      const y = middle + (n - (lines.length - 1) / 2) * lineHeight + fontSize / 3;
      parts.push(`<text x="${left - 8}" y="${y}" text-anchor="end" fill="#222">${xmlText(line)}</text>`);
    }
    for (const [i, row] of values.entries()) {
      const value = row[j]!;
      const shade = colour(most > least ? (value - least) / (most - least) : 0.5);
      const ink = shade[0] * 0.3 + shade[1] * 0.6 + shade[2] * 0.1 > 130 ? "#111" : "#fff";
      const x = left + i * cell.width;
      parts.push(
        `<rect x="${x}" y="${top + j * cell.height}" width="${cell.width}" height="${cell.height}" fill="rgb(${shade.join()})"/>`,
        `<text x="${x + cell.width / 2}" y="${middle + fontSize / 3}" text-anchor="middle" fill="${ink}">${value.toFixed(2)}</text>`,
      );
    }
  }
  const style = `font-family="DejaVu Sans, Arial, sans-serif" font-size="${fontSize}"`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" ${style}>${parts.join("")}</svg>`;
  const thumbnails: OverlayOptions[] = [];
  for (const [i, read] of pictures.entries()) {
    const { data, info } = await thumbnail(sharp, await read(), cell.width - 6);
    const x = Math.round(left + i * cell.width + (cell.width - info.width) / 2);
    thumbnails.push({ input: data, raw: info, left: x, top: top - 4 - info.height });
  }
  const sheet = sharp({ create: { ...size, channels: 3, background: "#fff" } });
  const layers = [{ input: Buffer.from(svg), left: 0, top: 0 }, ...thumbnails];
  return new Uint8Array(await sheet.composite(layers).removeAlpha().png().toBuffer());
}

async function thumbnail(sharp: typeof import("sharp").default, picture: Picture, edge: number) {
  const { width, height, channels, data } = picture;
  const image: Sharp = sharp(data, { raw: { width, height, channels } });
  const small = image.resize(edge, edge, { fit: "inside" }).toColourspace("srgb").raw();
  return small.toBuffer({ resolveWithObject: true });
}
