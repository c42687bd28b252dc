import type { Random } from "../../src/training/data/random.ts";
import type { Entry } from "./corpus.ts";
import { article, nounPhrase } from "./grammar.ts";
import { type Hand, isNamed } from "./hands.ts";

/** What can be said about a composed picture. Undefined: goes without saying. */
export interface Scene {
  /** One thing, or two from left to right. */
  readonly entries: readonly Entry[];
  readonly size: "small" | "large" | undefined;
  /** "in the top left corner". */
  readonly place: string | undefined;
  /** "tilted to the left", "upside down". */
  readonly turned: string | undefined;
  /** "blue background", "green gradient". */
  readonly background: string | undefined;
  /** Whether it was redrawn with dark outlines, so that it is in nobody's hand. */
  readonly inked: boolean;
}

export const leads = ["a picture of", "a drawing of", "an image of", "an emoji of", "a cartoon of"] as const;

/** The caption that everything is asked for with: "a picture of a bear". */
export const plainCaption = ({ thing }: Entry): string => `a picture of ${nounPhrase(thing.names[0]!, thing.group)}`;

/** " in noto style"; nothing of a hand that is not drawn in. */
export const style = (hand: Hand): string => (isNamed(hand) ? ` in ${hand} style` : "");

const styleOf = ({ entries, inked }: Scene): string => (inked ? " with black outlines" : style(entries[0]!.hand));

/** Mostly what Unicode calls the thing, now and then another name that people use. */
function name(random: Random, { thing }: Entry): string {
  const [label, ...others] = thing.names;
  return others.length > 0 && random.chance(0.35) ? random.pick(others) : label!;
}

/** "a small bear": the adjective goes between article and noun; what has no article gets none. */
function described(bare: string, { thing }: Entry, adjective?: string): string {
  const phrase = nounPhrase(bare, thing.group);
  if (adjective === undefined) return phrase;
  return phrase === bare ? `${adjective} ${bare}` : `${article(adjective)} ${adjective} ${bare}`;
}

function pair(random: Random, [left, right]: readonly Entry[]): string {
  const [a, b] = [left!, right!].map((entry) => described(name(random, entry), entry));
  const said = random.real();
  if (said < 0.5) return `${a} and ${b}`;
  if (said < 0.75) return `${a} next to ${b}`;
  return `${a} on the left and ${b} on the right`;
}

/** The share of captions that say by which hand something is. */
export const usuallyNamed = 1 / 3;

/** One of the many ways to say what the picture shows. */
export function caption(random: Random, scene: Scene, named: number = usuallyNamed): string {
  const { entries, place, turned, background } = scene;
  const [first] = entries;
  const adjective = random.chance(0.85) ? scene.size : undefined;
  const simple = entries.length === 1 && !adjective && !place && !turned && !background;
  if (simple && random.chance(0.5)) return plainCaption(first!) + (random.chance(named) ? styleOf(scene) : "");
  if (simple && random.chance(0.15)) return tagged(random, first!);

  const noun = entries.length === 2 ? pair(random, entries) : described(name(random, first!), first!, adjective);
  const lead = random.chance(0.55) ? `${random.chance(0.6) ? leads[0] : random.pick(leads)} ` : "";
  const bare = simple && lead === "" && random.chance(0.4) ? name(random, first!) : noun;
  return lead + bare + circumstances(scene) + (random.chance(named) ? styleOf(scene) : "");
}

function circumstances({ turned, place, background }: Scene): string {
  const where = [turned, place].filter((said) => said !== undefined).map((said) => ` ${said}`);
  return where.join("") + (background === undefined ? "" : ` on ${article(background)} ${background}`);
}

/** All that can be said, always in the same words: what models are tested on. */
export function wholeCaption(scene: Scene): string {
  const things = scene.entries.map((entry) => described(entry.thing.names[0]!, entry, scene.size));
  return `a picture of ${things.join(" and ")}${circumstances(scene)}${styleOf(scene)}`;
}

/** "bear, animal, honey" */
function tagged(random: Random, entry: Entry): string {
  const { tags } = entry.thing;
  const some = tags.length === 0 ? [] : [random.pick(tags), random.pick(tags)];
  return [name(random, entry), ...new Set(some)].join(", ");
}
