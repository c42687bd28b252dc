import { createRequire } from "node:module";
import { letters, type Thing } from "./things.ts";

/** The icon sets by the name that captions call them. The last is for testing only: no model is ever trained on it. */
export const hands = [
  { name: "fluent", set: "fluent-emoji-flat" },
  { name: "noto", set: "noto" },
  { name: "twemoji", set: "twemoji" },
  { name: "emojione", set: "emojione" },
  { name: "fxemoji", set: "fxemoji" },
  { name: "openmoji", set: "openmoji" },
] as const;

/**
 * Hands that CLIP learns to see, beside the others, and nothing draws in. None is named in captions. What is held out of
 * `kin`, a hand that drew much the same, is left out of them.
 */
export const aids = [
  { name: "blob", set: "noto-v1", kin: "noto" },
  { name: "contrast", set: "fluent-emoji-high-contrast", kin: "fluent" },
  { name: "streamline", set: "streamline-emojis", kin: undefined },
] as const;

export type Hand = (typeof hands | typeof aids)[number]["name"];

/** In the order of a rendered corpus. */
export const allHands: readonly { readonly name: Hand; readonly set: string }[] = [...hands, ...aids];

export const unseenHand: Hand = "openmoji";

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

/** Drawn in black alone, so that they can show no thing that is known by its colour. */
const blackSets: readonly string[] = ["fluent-emoji-high-contrast"];
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

/** How one hand draws the things it knows: thing → SVG text. Matched by code point, else by name. */
export function drawings(setName: string, things: readonly Thing[]): Map<Thing, string> {
  const set = require(`@iconify-json/${setName}/icons.json`) as IconSet;
  const characters = require(`@iconify-json/${setName}/chars.json`) as Readonly<Record<string, string>>;
  const byCode = new Map(Object.entries(characters).map(([code, name]) => [codePoints(code), name]));
  const byName = new Map<string, string>();
  for (const name of [...Object.keys(set.aliases ?? {}), ...Object.keys(set.icons)]) byName.set(letters(name), name);

  const isBlack = blackSets.includes(setName);
  const taken = new Set<string>();
  const found = new Map<Thing, string>();
  // Labels before looser spellings, so that a picture goes to the thing it names best, and to one thing only.
  const rounds: ((thing: Thing) => string | undefined)[] = [
    (thing) => byCode.get(codePoints(thing.hexcode)),
    (thing) => byName.get(thing.slugs[0]!),
    (thing) => thing.slugs.map((slug) => byName.get(slug)).find((name) => name !== undefined && !taken.has(name)),
  ];
  for (const match of rounds) {
    for (const thing of things) {
      const isOther = mistaken[setName]?.includes(thing.label) || (isBlack && colour.test(thing.label));
      const name = found.has(thing) || isOther ? undefined : match(thing);
      if (name === undefined || taken.has(name)) continue;
      taken.add(name);
      found.set(thing, svg(set, name));
    }
  }
  return found;
}
