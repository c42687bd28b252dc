import { createRequire } from "node:module";
import { glyphs } from "./glyphs.ts";
import type { Source } from "./hands.ts";
import { letters, type Thing } from "./things.ts";

interface Size {
  readonly width?: number;
  readonly height?: number;
}
interface IconSet extends Size {
  readonly icons: Readonly<Record<string, Size & { readonly body: string }>>;
  readonly aliases?: Readonly<Record<string, { readonly parent: string; readonly hFlip?: boolean }>>;
}

const require = createRequire(import.meta.url);

/** Same name, other thing (seen by eye): a wave of the sea, a hair bow, fingers, a couple, revolvers of older Unicode. */
const mistaken: Readonly<Record<string, readonly string[]>> = {
  fxemoji: [
    "waving hand",
    "person bowing",
    "person pouting",
    "enraged face",
    "upwards button",
    "downwards button",
    "woman and man holding hands",
    "water pistol",
  ],
  emojione: ["water pistol"],
  "streamline-emojis": ["map of Japan"],
};

/** A thing that a hand without colours cannot show. */
const colour = /\b(red|orange|yellow|green|blue|purple|brown|black|white|pink|grey)\b/;

/** Iconify's chars.json writes code points in lower case, without the emoji presentation selector. */
const codePoints = (hexcode: string): string => hexcode.toLowerCase().replaceAll("-fe0f", "").replace(/^0+/, "");

function svg(set: IconSet, name: string): string {
  const alias = set.aliases?.[name];
  const icon = set.icons[alias?.parent ?? name];
  if (icon === undefined) throw new Error(`icon ${name} has no drawing`);
  const width = icon.width ?? set.width ?? 16;
  const height = icon.height ?? set.height ?? 16;
  const body = alias?.hFlip ? `<g transform="translate(${width} 0) scale(-1 1)">${icon.body}</g>` : icon.body;
  const names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"';
  return `<svg ${names} width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${body}</svg>`;
}

/** How one hand draws the things it knows: thing → SVG text. */
export const drawings = (hand: Source, things: readonly Thing[]): Map<Thing, string> => {
  const fit = hand.black ? things.filter(({ label }) => !colour.test(label)) : things;
  return hand.font ? glyphs(hand.font, fit) : icons(hand.set!, fit, hand.exact);
};

/** Matched by code point, else by the name that Unicode gives, else, unless `exact`, by other spellings. */
function icons(setName: string, things: readonly Thing[], exact = false): Map<Thing, string> {
  const set = require(`@iconify-json/${setName}/icons.json`) as IconSet;
  const characters = require(`@iconify-json/${setName}/chars.json`) as Readonly<Record<string, string>>;
  const byCode = new Map(Object.entries(characters).map(([code, name]) => [codePoints(code), name]));
  const byName = new Map<string, string>();
  for (const name of [...Object.keys(set.aliases ?? {}), ...Object.keys(set.icons)]) byName.set(letters(name), name);

  const taken = new Set<string>();
  const found = new Map<Thing, string>();
  // Labels before looser spellings, so that a picture goes to the thing it names best, and to one thing only.
  const rounds: ((thing: Thing) => string | undefined)[] = [
    (thing) => byCode.get(codePoints(thing.hexcode)),
    (thing) => byName.get(thing.slugs[0]!),
    (thing) => thing.slugs.map((slug) => byName.get(slug)).find((name) => name !== undefined && !taken.has(name)),
  ];
  for (const match of exact ? rounds.slice(0, 2) : rounds) {
    for (const thing of things) {
      const isOther = mistaken[setName]?.includes(thing.label);
      const name = found.has(thing) || isOther ? undefined : match(thing);
      if (name === undefined || taken.has(name)) continue;
      taken.add(name);
      found.set(thing, svg(set, name));
    }
  }
  return found;
}
