import { drawn, type Random, random } from "../../src/training/data/random.ts";
import { altered } from "./alter.ts";
import { type Background, fill, flat, gradient, white } from "./background.ts";
import { caption, plainCaption, type Scene, wholeCaption } from "./captions.ts";
import type { Corpus, Entry } from "./corpus.ts";
import { type Hand, isNamed } from "./hands.ts";
import { type Canvas, meanColour, type Placement, paint } from "./paint.ts";
import { softened } from "./soften.ts";

export interface ComposeOptions {
  /** Edge of the whole picture in pixels; 128 unless said. */
  readonly size?: number;
  /** Edge of a random window that is cut out of it; the whole picture unless said. */
  readonly crop?: number;
  /** Share of pictures with one thing, large, in the middle of white; 0.7 unless said. */
  readonly plain?: number;
  /** Share of the others that show two things side by side; a quarter unless said. */
  readonly paired?: number;
  /** Share of pictures that are redrawn with dark outlines; none unless said. */
  readonly inked?: number;
  /** Share of pictures whose things are bent and recoloured; none unless said. */
  readonly distorted?: number;
  /** Share of black drawings whose insides are coloured as another hand coloured the same thing; none unless said. */
  readonly tinted?: number;
  /** Share of pictures that are blurred, as if enlarged; none unless said. */
  readonly soft?: number;
  /**
   * Share of pictures that come in fours: one thing, by any hand that captions name, shown in different ways, with all said,
   * and not redrawn; none unless said.
   */
  readonly alike?: number;
  /** Share of pictures that come with their neighbours in Unicode's order, which are hard to tell apart; none unless said. */
  readonly near?: number;
  /** Share of captions that name the hand; a third unless said. */
  readonly named?: number;
}

export interface Composed {
  /** Height × width × RGB, rows from the top. */
  readonly pixels: Uint8Array;
  readonly caption: string;
}

interface Layout extends Scene {
  readonly placements: readonly Placement[];
  readonly fill: Background;
}

/** Picture `index` of the endless seeded sequence: every entry once in as many pictures as there are entries. */
export function compose(corpus: Corpus, seed: number, index: number, options: ComposeOptions = {}): Composed {
  const { size = 128, crop = size, plain = 0.7 } = options;
  const dice = random(seed, index);
  const kin = kindred(corpus, seed, index, options.alike);
  const other = (): Entry => corpus.entries[drawn(index, corpus.entries.length, seed)]!;
  const entry = kin ?? neighbour(corpus, seed, index, options.near) ?? other();
  const layout =
    !kin && dice.chance(plain) ? plainLayout(dice, entry) : variedLayout(dice, corpus, entry, options.paired);
  const [left, top] = [dice.int(size - crop + 1), dice.int(size - crop + 1)];
  const { inked, distorted, tinted }: ComposeOptions = kin ? {} : options;
  const changes = { ink: happens(dice, inked), distort: happens(dice, distorted), tint: happens(dice, tinted) };
  const sharp = draw(altered(corpus, random(seed, index, 1), changes), layout, size, crop, left, top);
  const blur = random(seed, index, 6);
  const pixels = happens(blur, options.soft) ? softened(sharp, crop, blur) : sharp;
  const scene = changes.ink ? { ...layout, inked: true } : layout;
  return { pixels, caption: kin ? wholeCaption(scene) : caption(dice, scene, options.named) };
}

/** Pictures of one thing that follow each other. */
const family = 4;

/**
 * The entry of a picture that shows the same thing as its neighbours. Among strangers a caption is told by its thing alone;
 * where and by which hand this is drawn matters only among pictures of the same.
 */
function kindred(corpus: Corpus, seed: number, index: number, share?: number): Entry | undefined {
  const first = index - (index % family);
  if (!happens(random(seed, first, 2), share)) return undefined;
  const { thing } = corpus.entries[drawn(first, corpus.entries.length, seed)]!;
  const drawings = corpus.byThing.get(thing.label)!;
  const signed = drawings.filter(({ hand }) => isNamed(hand));
  return random(seed, index, 3).pick(signed.length > 0 ? signed : drawings);
}

/** Pictures that follow each other of things that do, in Unicode's order: one face after another. */
const neighbours = 16;

/** The entry of a picture among those of similar things. Among strangers a tiger is told by its stripes, here from a zebra. */
function neighbour(corpus: Corpus, seed: number, index: number, share?: number): Entry | undefined {
  const place = index % neighbours;
  const dice = random(seed, index - place, 4);
  if (!happens(dice, share)) return undefined;
  const things = [...corpus.byThing.values()];
  return random(seed, index, 5).pick(things[(dice.int(things.length) + place) % things.length]!);
}

/** Whether something befalls this picture; nothing is drawn for what never does. */
const happens = (dice: Random, share = 0): boolean => share > 0 && dice.chance(share);

/** What can be said of a picture, and how it looks. */
export interface Staged {
  readonly scene: Scene;
  pixels(size: number): Uint8Array;
  /** The same as another hand drew it; undefined where that hand has not drawn all that is there. */
  pixelsBy(hand: Hand, size: number): Uint8Array | undefined;
}

/** Varied picture `index` of another seeded sequence, with all that can be said of it, at any size. */
export function staged(corpus: Corpus, seed: number, index: number): Staged {
  const entry = corpus.entries[drawn(index, corpus.entries.length, seed)]!;
  const scene = variedLayout(random(seed, index), corpus, entry);
  const pixels = (layout: Layout, size: number): Uint8Array => draw(corpus, layout, size, size, 0, 0);
  return {
    scene,
    pixels: (size) => pixels(scene, size),
    pixelsBy(hand, size) {
      const others = scene.entries.map(({ thing }) => corpus.byThing.get(thing.label)!.find((by) => by.hand === hand));
      const entries = others.filter((other) => other !== undefined);
      return entries.length === others.length ? pixels({ ...scene, entries }, size) : undefined;
    },
  };
}

/** The thing alone, in the middle of white, without any chance: what models are tested on. */
export function portrait(corpus: Corpus, entry: Entry, size = 128): Composed {
  const placement = { x: 0.5, y: 0.5, edge: 0.9, angle: 0, flip: false };
  return {
    pixels: draw(corpus, { ...unsaid, entries: [entry], placements: [placement], fill: white }, size, size, 0, 0),
    caption: plainCaption(entry),
  };
}

const unsaid = {
  size: undefined,
  place: undefined,
  turned: undefined,
  background: undefined,
  inked: false,
} as const;

function plainLayout(dice: Random, entry: Entry): Layout {
  const near = (): number => 0.5 + dice.real(-0.015, 0.015);
  const placement = { x: near(), y: near(), edge: dice.real(0.87, 0.93), angle: 0, flip: false };
  return { ...unsaid, entries: [entry], placements: [placement], fill: white };
}

/** The share of pictures with something varied that show two things. */
export const usuallyPaired = 0.25;

function variedLayout(dice: Random, corpus: Corpus, first: Entry, paired: number = usuallyPaired): Layout {
  const sameHand = corpus.byHand.get(first.hand)!;
  const entries = dice.chance(paired) ? [first, dice.pick(sameHand)] : [first];
  const colours = entries.map((entry) => meanColour(corpus.pixels(entry)));
  const kind = dice.real();
  const background = kind < 0.4 ? white : kind < 0.8 ? flat(dice, colours) : gradient(dice, colours);
  const said = { entries, background: background.name, fill: background };
  if (entries.length === 2) {
    const placements = entries.map((entry, side) => ({
      x: 0.26 + 0.48 * side + dice.real(-0.01, 0.01),
      y: 0.5 + dice.real(-0.06, 0.06),
      edge: dice.real(0.4, 0.47),
      angle: 0,
      flip: mayFlip(entry) && dice.chance(0.5),
    }));
    return { ...unsaid, ...said, placements };
  }
  const { size, edge: wanted } = dice.pick(sizes)(dice);
  const { angle, turned } = turn(dice);
  // A tilted square needs more room.
  const edge = Math.min(wanted, 1 / (Math.abs(Math.cos(angle)) + 0.7 * Math.abs(Math.sin(angle))));
  const { x, y, place } = position(dice, edge);
  const flip = mayFlip(first) && dice.chance(0.5);
  return { ...unsaid, ...said, size, turned, place, placements: [{ x, y, edge, angle, flip }] };
}

/** Edges as shares of the picture, with the adjective that says so. */
const sizes: readonly ((dice: Random) => { size: Scene["size"]; edge: number })[] = [
  (dice) => ({ size: "small", edge: dice.real(0.28, 0.42) }),
  (dice) => ({ size: undefined, edge: dice.real(0.5, 0.72) }),
  (dice) => ({ size: undefined, edge: dice.real(0.72, 0.9) }),
  (dice) => ({ size: "large", edge: dice.real(0.9, 0.98) }),
];

function turn(dice: Random): { angle: number; turned: string | undefined } {
  const kind = dice.real();
  if (kind < 0.75) return { angle: dice.real(-0.06, 0.06), turned: undefined };
  if (kind < 0.95) {
    const angle = dice.real(0.25, 0.6) * (dice.chance(0.5) ? 1 : -1);
    return { angle, turned: `tilted to the ${angle > 0 ? "right" : "left"}` };
  }
  return { angle: Math.PI, turned: "upside down" };
}

export const columns = ["left", undefined, "right"] as const;
export const rows = ["top", undefined, "bottom"] as const;

function position(dice: Random, edge: number): { x: number; y: number; place: string | undefined } {
  if (edge > 0.65 || dice.chance(0.3)) return { x: 0.5, y: 0.5, place: undefined };
  const [column, row] = [dice.int(3), dice.int(3)];
  const margin = edge / 2 + 0.04;
  const along = (third: number): number => margin + ((1 - 2 * margin) * third) / 2;
  return { x: along(column), y: along(row), place: placeName(rows[row], columns[column]) };
}

/** What captions call one of the nine places. */
export function placeName(row: (typeof rows)[number], column: (typeof columns)[number]): string {
  if (row && column) return `in the ${row} ${column} corner`;
  if (column) return `on the ${column}`;
  return row ? `at the ${row}` : "in the middle";
}

/** Mirrored animals, food and plants are still themselves; letters, clocks and pointing hands are not. */
const mayFlip = ({ thing }: Entry): boolean => thing.group === "animals" || thing.group === "food";

/** Paints the window of a layout whose measures are shares of the picture's edge. */
function draw(corpus: Corpus, layout: Layout, size: number, crop: number, left: number, top: number): Uint8Array {
  const canvas: Canvas = { width: crop, height: crop, left, top, rgb: new Float32Array(crop * crop * 3) };
  fill(canvas, size, layout.fill);
  layout.entries.forEach((entry, i) => {
    const { x, y, edge, ...rest } = layout.placements[i]!;
    paint(canvas, corpus.pixels(entry), corpus.size, { x: x * size, y: y * size, edge: edge * size, ...rest });
  });
  const pixels = new Uint8Array(canvas.rgb.length);
  for (let i = 0; i < pixels.length; i++) pixels[i] = canvas.rgb[i]! + 0.5;
  return pixels;
}
