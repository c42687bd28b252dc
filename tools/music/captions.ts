import type { Random } from "../../src/training/data/random.ts";
import { article } from "../corpus/grammar.ts";
import { genre as genreOf } from "./genres.ts";
import { drumsLabel, instrument, type Kit, kits, type Role } from "./instruments.ts";
import type { Plan } from "./plan.ts";

/** What captions and figures know about a clip. */
export interface Description {
  /** Names, as in genres.ts. */
  readonly genre: string;
  readonly manner?: string;
  /** Another word for how it feels. */
  readonly mood?: string;
  readonly bpm: number;
  readonly kit?: Kit;
  /** Labels of instruments. */
  readonly cast: Readonly<Partial<Record<Role, string>>>;
}

/** What is said of a plan. */
export function describe({ genre, manner, mood, bpm, kit, cast }: Plan, dice: Random): Description {
  return {
    genre: genre.name,
    ...(manner && { manner: manner.name }),
    ...(mood.names.length > 0 && { mood: dice.pick(mood.names) }),
    bpm,
    ...(kit && { kit }),
    cast: Object.fromEntries(Object.entries(cast).map(([role, { label }]) => [role, label])),
  };
}

/** Everything that sounds in it, drums last. */
export const soundsOf = ({ cast, kit }: Description): string[] => [
  ...Object.values(cast),
  ...(kit === undefined ? [] : [drumsLabel]),
];

const bare = (phrase: string): string => phrase.replace(/^an? /, "");

const listed = (phrases: readonly string[]): string =>
  phrases.length < 2 ? phrases.join() : `${phrases.slice(0, -1).join(", ")} and ${phrases.at(-1)}`;

/** "an energetic", "a mellow". */
const withArticle = (phrase: string): string => `${article(phrase)} ${phrase}`;

/** What tempi are called by those who do not count. */
function paceOf(bpm: number): readonly string[] {
  if (bpm < 84) return ["slow"];
  if (bpm < 120) return ["mid-tempo", "moderate"];
  return bpm < 148 ? ["fast", "upbeat"] : ["very fast"];
}

/** An instrument by its usual name or another; a lead in another genre's manner says so: "a jazzy saxophone". */
function named(dice: Random, label: string, adjective?: string): string {
  const { names } = instrument(label);
  const name = dice.chance(0.75) ? names[0]! : dice.pick(names);
  if (adjective === undefined) return name;
  return name === bare(name) ? `${adjective} ${name}` : withArticle(`${adjective} ${bare(name)}`);
}

const drumsName = (dice: Random, kit: Kit): string => (dice.chance(0.5) ? drumsLabel : dice.pick(kits[kit].names));

/** The caption that a clip is asked for with: "rock with a piano and drums, 120 bpm". */
export function plainCaption(description: Description): string {
  const { genre, cast, kit, bpm } = description;
  const all = [cast.lead, cast.chords, cast.bass].flatMap((label) => (label ? [instrument(label).names[0]!] : []));
  const drums = kit === undefined ? [] : [drumsLabel];
  return `${genre} with ${listed([...all, ...drums])}, ${bpm} bpm`;
}

/**
 * One of the many ways to say what a clip sounds like. Some say nothing but the tempo: where all else differs, too, nobody
 * needs to learn to count.
 */
export function caption(dice: Random, description: Description): string {
  const { bpm, mood, kit } = description;
  if (dice.chance(0.12))
    return `${dice.pick(kit === undefined ? ["music", "loop"] : ["music", "loop", "drums"])}, ${bpm} bpm`;
  const kind = genreOf(description.genre);
  const genre = kind.aliases && dice.chance(0.15) ? dice.pick(kind.aliases) : kind.name;
  const counted = dice.chance(0.85);
  const pace = dice.chance(counted ? 0.2 : 0.65) ? dice.pick(paceOf(bpm)) : undefined;
  const feeling = mood !== undefined && dice.chance(0.7) ? mood : undefined;
  const tagged = dice.chance(0.2);
  const said = tagged
    ? tags(dice, description, genre, [pace, feeling])
    : sentence(dice, description, { genre, adjectives: [pace, feeling].filter((one) => one !== undefined) });
  if (!counted) return said;
  if (dice.chance(0.25)) return `${bpm} bpm, ${said}`;
  return tagged || dice.chance(0.75) ? `${said}, ${bpm} bpm` : `${said} at ${bpm} bpm`;
}

/** Instruments to speak of: all, or some where there are many. */
function spoken(
  dice: Random,
  { cast, kit, manner }: Description,
): { lead: string[]; others: string[]; drums: string[] } {
  const brief = dice.chance(0.3);
  const keep = (): boolean => !brief || dice.chance(0.5);
  const manners = manner === undefined ? undefined : genreOf(manner).adjective;
  const lead = cast.lead === undefined ? [] : [named(dice, cast.lead, manners)];
  const others = [cast.chords, cast.bass].flatMap((label) => (label && keep() ? [named(dice, label)] : []));
  const drums = kit === undefined || !keep() ? [] : [drumsName(dice, kit)];
  return { lead, others, drums };
}

interface Words {
  readonly genre: string;
  readonly adjectives: readonly string[];
}

function sentence(dice: Random, description: Description, { genre, adjectives }: Words): string {
  const { cast, kit } = description;
  const { lead, others, drums } = spoken(dice, description);
  const roles = Object.keys(cast);
  const described = (noun: string): string => [...adjectives, noun].join(" ");
  const perhaps = (noun: string): string => (dice.chance(0.5) ? withArticle(noun) : noun);
  if (roles.length === 0)
    return perhaps(described(`${genre} ${dice.pick(["drum beat", "drum loop", "drums"])}`)).replace(
      /^a (.*drums)$/,
      "$1",
    );
  if (roles.length === 1 && kit === undefined) {
    const solo = bare(named(dice, Object.values(cast)[0]!));
    if (dice.chance(0.4)) return `solo ${solo}, ${described(genre)}`;
    return dice.chance(0.5) ? `${described(genre)} ${solo}` : `${perhaps(described(`${genre} ${solo}`))} alone`;
  }
  const manner = genreOf(description.genre).adjective;
  if (cast.bass !== undefined && lead.length > 0 && dice.chance(0.3))
    return `${described(`${dice.chance(0.5) ? (manner ?? genre) : genre} bassline`)} with ${listed([...lead, ...drums])}`;
  if (lead.length > 0 && kit !== undefined && dice.chance(0.2))
    return `${listed([...lead, ...others])} over ${withArticle(described(`${genre} beat`))}`;
  const all = [...lead, ...others, ...drums];
  const noun = dice.chance(0.5)
    ? genre
    : `${genre} ${dice.pick(kit === undefined ? ["music", "loop", "track"] : ["loop", "groove", "music", "track"])}`;
  const opening = noun.endsWith("music") || noun === genre ? described(noun) : perhaps(described(noun));
  return all.length === 0 ? opening : `${opening} with ${listed(all)}`;
}

/** "funk, saxophone, slap bass, fast" */
function tags(dice: Random, description: Description, genre: string, others: readonly (string | undefined)[]): string {
  const { lead, others: rest, drums } = spoken(dice, description);
  return [genre, ...[...lead, ...rest, ...drums].map(bare), ...others.filter((one) => one !== undefined)].join(", ");
}
