import data from "emojibase-data/en/data.json" with { type: "json" };
import cldr from "emojibase-data/en/shortcodes/cldr.json" with { type: "json" };
import emojibase from "emojibase-data/en/shortcodes/emojibase.json" with { type: "json" };
import github from "emojibase-data/en/shortcodes/github.json" with { type: "json" };
import joypixels from "emojibase-data/en/shortcodes/joypixels.json" with { type: "json" };
import unicodeNames from "emojibase-data/meta/unicode-names.json" with { type: "json" };

/** Something with a Unicode name that the hands draw. */
export interface Thing {
  /** Unicode's short name: "bear", "woman’s boot". */
  readonly label: string;
  /** The label and other everyday names ("car" for "automobile"), lower case, letters only. */
  readonly names: readonly string[];
  readonly tags: readonly string[];
  /** Code points, "1F43B" or joined by "-". */
  readonly hexcode: string;
  readonly group: Group;
  /** Spellings that an icon set may file it under, best first. */
  readonly slugs: readonly string[];
}

const groups = [
  "smileys",
  "people",
  "component",
  "animals",
  "food",
  "travel",
  "activities",
  "objects",
  "symbols",
  "flags",
] as const;
export type Group = (typeof groups)[number];

type Shortcodes = Readonly<Record<string, string | readonly string[]>>;

const of = (codes: Shortcodes, hexcode: string): readonly string[] => [codes[hexcode] ?? []].flat();

/** Lower case without accents and typographic quotes: what a person would type. */
export const plain = (text: string): string =>
  text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[’]/g, "'").replace(/[“”]/g, "").toLowerCase();

/** Synonyms that are nouns, by group; shortcodes are full of moods and verbs ("satisfied", "too cool"). */
const nouns: Readonly<Partial<Record<Group, RegExp>>> = {
  smileys: /\b(face|cat|monkey|heart|imp|clown|cowboy|skeleton|nerd|poop|poo|ogre|goblin|robot|space invader)$/,
  people: /(man|woman|person|people|men|women|er|or|ist|couple|hand|fist|lips|muscle|grandma|angel|spy|cop|adult)$/,
  symbols: / (mark|sign|symbol|star|circle|arrow|cross)$|^(trident|bathroom|wheelchair|atom|menorah|cross)$/,
};
const unfit =
  /^(shit|hankey|ng |sassy|fu$)|handicapped|chinese cap|gua pi mao|bullettrain|orbital|abandoned|volum|quiet|loud|lower left|^(cut|green|done|way|feet|prints|cooking|pour|liquid|engine|root|food|increasing|decreasing|date|mag|mag right|mega|mute|calling|sweat drops|shopping|smoking|off|fluttering|index|seat|cream|tears|side|sunny|cloudy|rainy|snowy|stormy|foggy|partly sunny|lock|unlock|compression|lightning|zap|oil|gun|pistol|tada|party|birthday|disco|dart|direct hit|golf|hockey|soccer|football|art|steam|shelled peanut|beers|homes|bricks|flags|tickets|weights|zzz|together|viewer)$|(side|right|closed|small|party|and rain|departure|arriving|arrival|increasing)$/;

/** The noun that a name turns around: "apple" of "red apple", "glass" of "glass of milk". */
const headWord = (label: string): string => headOf(plain(label)).split(" ").at(-1)!;

/** A name without what follows its noun. */
export const headOf = (name: string): string =>
  name.split(/ (?:with|without|of|in|on|and|at|from|not|done|pointing|tilted|facing|or) |: | \(/)[0]!;

function namesOf(label: string, others: readonly string[], group: Group, labels: ReadonlySet<string>): string[] {
  const own = plain(label);
  const fit = others
    .map((code) => code.replaceAll("_", " "))
    .filter((name) => /^[a-z]{2,}( [a-z]+)*$/.test(name) && !name.startsWith("ja ") && !unfit.test(name))
    .filter((name) => nouns[group]?.test(name) ?? true)
    .filter((name) => !labels.has(name) && letters(name) !== letters(own));
  return [own, ...new Set(fit)];
}

/** Letters and digits only, so that "t-shirt", "t_shirt" and "tshirt" are one. */
export const letters = (name: string): string => plain(name).replace(/[^a-z0-9]/g, "");

/** Every named emoji without flags, keycaps, skin tones and hair components, in Unicode's order. */
export function readThings(): Thing[] {
  const named = data.filter(({ label, group }) => {
    const name = group === undefined ? undefined : groups[group];
    return name !== undefined && name !== "component" && name !== "flags" && !label.startsWith("keycap");
  });
  const labels = new Set(named.map(({ label }) => plain(label)));
  const heads = counts(named.map(({ label }) => headWord(label)));
  return named.map(({ label, hexcode, group: number, tags = [] }) => {
    const group = groups[number!]!;
    const codes = [cldr, joypixels, github, emojibase].flatMap((set) => of(set as Shortcodes, hexcode));
    // Few share a good short name: "tree" says something, "face" does not.
    const head = headWord(label);
    const short = tags.includes(head) && heads.get(head)! <= 10 && nouns[group] === undefined ? [head] : [];
    const official = (unicodeNames as Record<string, string>)[hexcode];
    const slugs = [label, official ?? label, ...codes.filter((code) => !labels.has(code.replaceAll("_", " ")))];
    return {
      label,
      names: namesOf(label, [...codes, ...short], group, labels),
      tags: tags.map(plain).filter((tag) => /^[a-z]{3,}( [a-z]+)*$/.test(tag)),
      hexcode,
      group,
      slugs: [...new Set(slugs.map(letters))].filter((slug) => slug !== ""),
    };
  });
}

function counts(words: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const word of words) found.set(word, (found.get(word) ?? 0) + 1);
  return found;
}
