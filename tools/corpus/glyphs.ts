import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { create, type Font } from "fontkit";
import type { Thing } from "./things.ts";

const require = createRequire(import.meta.url);

/**
 * How a font of one colour draws the things it has a single glyph for: thing → SVG text. What it draws the same for several,
 * a person, a man and a woman, is the first's.
 */
export function glyphs(fontName: string, things: readonly Thing[]): Map<Thing, string> {
  const file = require.resolve(`@fontsource/${fontName}/files/${fontName}-emoji-400-normal.woff2`);
  const font = create(readFileSync(file)) as Font;
  const first = new Map<string, Thing>();
  for (const thing of things) {
    const outline = outlineOf(font, thing.hexcode);
    if (outline !== undefined && !first.has(outline)) first.set(outline, thing);
  }
  return new Map(Array.from(first, ([outline, thing]) => [thing, outline]));
}

/** The glyph as a square picture with the outline in its middle; undefined where the font knows it not, or only its parts. */
function outlineOf(font: Font, hexcode: string): string | undefined {
  const text = String.fromCodePoint(...hexcode.split("-").map((code) => Number.parseInt(code, 16)));
  const drawn = font.layout(text).glyphs.filter(({ path }) => path.commands.length > 0);
  if (drawn.length !== 1 || drawn[0]!.id === 0) return undefined;
  const { path } = drawn[0]!;
  const { minX, minY, maxX, maxY } = path.bbox;
  const edge = 1.06 * Math.max(maxX - minX, maxY - minY);
  const [left, top] = [(minX + maxX - edge) / 2, (-minY - maxY - edge) / 2];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${edge}" height="${edge}" viewBox="${left} ${top} ${edge} ${edge}">` +
    `<path transform="scale(1 -1)" d="${path.toSVG()}"/></svg>`
  );
}
