import { boxOf, colourAt, cutOut, groundOf, maskOf } from "../../src/evaluation/figure.ts";
import { psnr } from "../../src/evaluation/psnr.ts";
import type { Attribute, Scene } from "../../src/pipelines/evaluate/data.ts";
import type { Picture } from "../../src/runtime/host.ts";
import { type Colour, palette } from "./background.ts";
import { type Scene as Captioned, wholeCaption } from "./captions.ts";
import { columns, placeName, rows, staged } from "./compose.ts";
import type { Corpus } from "./corpus.ts";
import { type Hand, hands, unseenHand } from "./hands.ts";

/** Hands that pictures are asked for in. */
const named = hands.map(({ name }) => name).filter((name) => name !== unseenHand);

/** What captions say of how things are shown, and how a picture's own pixels tell it. */
export const attributes: readonly Attribute<DrawnScene>[] = [
  { name: "background", values: Object.keys(palette).filter((name) => name !== "white"), see: colourOf },
  { name: "size", values: ["small", "large"], see: sizeOf },
  { name: "place", values: rows.flatMap((row) => columns.map((column) => placeName(row, column))), see: placeOf },
  { name: "hand", values: named, see: handOf },
];

/** A scene whose picture is there at once. */
export interface DrawnScene extends Scene {
  picture(edge: number): Picture;
  /** As another hand drew it; undefined where that hand has not drawn all that is there. */
  pictureBy(hand: Hand, edge: number): Picture | undefined;
}

/**
 * `count` pictures that say how they are shown, every third of two things. Those of one thing have a named background, and
 * a size or a place. None is tilted, since a tilted thing is larger than its caption says.
 */
export function scenes(corpus: Corpus, seed: number, count: number): DrawnScene[] {
  const found: DrawnScene[] = [];
  for (let index = 0; found.length < count; index++) {
    const { scene, pixels, pixelsBy } = staged(corpus, seed, index);
    const { entries, background, size, place, turned } = scene;
    const isTelling = background !== undefined && (size ?? place) !== undefined && turned === undefined;
    if (found.length % 3 === 2 ? entries.length !== 2 : entries.length === 2 || !isTelling) continue;
    found.push({
      things: entries.map(({ thing }) => thing.label),
      said: known({
        background: background && colourIn(background),
        size,
        place,
        hand: entries[0]!.hand,
      }),
      prompt: (others) => wholeCaption(changed(scene, others)),
      picture: (edge) => square(edge, pixels(edge)),
      pictureBy(hand, edge) {
        const data = pixelsBy(hand, edge);
        return data && square(edge, data);
      },
    });
  }
  return found;
}

const square = (edge: number, data: Uint8Array): Picture => ({ width: edge, height: edge, channels: 3, data });

/** "light blue" of "light blue gradient". */
const colourIn = (background: string): string => background.slice(0, background.lastIndexOf(" "));

const known = (said: Readonly<Record<string, string | undefined>>): Scene["said"] =>
  Object.fromEntries(Object.entries(said).filter((one): one is [string, string] => one[1] !== undefined));

/** With other values of attributes in place of its own. */
function changed(scene: Captioned, { background, size, place, hand }: Scene["said"] = {}): Captioned {
  return {
    ...scene,
    ...(background && { background: scene.background!.replace(colourIn(scene.background!), background) }),
    ...(size && { size: size as Captioned["size"] }),
    ...(place && { place }),
    ...(hand && { entries: scene.entries.map((entry) => ({ ...entry, hand: hand as Hand })) }),
  };
}

/** The name of the nearest colour; of a shaded ground, of its darkest corner, which is the colour that its caption names. */
export function colourOf(picture: Picture): string {
  const ground = groundOf(picture);
  const corners = [0, 1].flatMap((x) => [0, 1].map((y) => colourAt(ground, picture, x, y)));
  const light = ([r, g, b]: Colour): number => r + g + b;
  const [r, g, b] = corners.reduce((dark, other) => (light(other) < light(dark) ? other : dark));
  const distance = ([red, green, blue]: Colour): number => Math.hypot(red - r, green - g, blue - b);
  return Object.keys(palette).reduce((near, name) =>
    distance(palette[name]!) < distance(palette[near]!) ? name : near,
  );
}

/** Small things are up to 0.42 of the picture's edge and large ones 0.9 or more, but seldom fill all of their square. */
const [smallest, largest] = [0.47, 0.7];

/** By the longer side of the box around what is there. */
export function sizeOf(picture: Picture): string {
  const box = boxOf(maskOf(picture), picture.width);
  if (!box) return "nothing";
  const side = Math.max(box.right - box.left, box.bottom - box.top);
  return side < smallest ? "small" : side < largest ? "middling" : "large";
}

/** How far a thing may be from the middle and be there, as a share of how far it could be. */
const middling = 0.3;

/** By the room on both sides of the box around what is there. */
export function placeOf(picture: Picture): string {
  const box = boxOf(maskOf(picture), picture.width);
  if (!box) return "nowhere";
  const third = (before: number, after: number): 0 | 1 | 2 => {
    const offset = (before - after) / (before + after || 1);
    return offset < -middling ? 0 : offset > middling ? 2 : 1;
  };
  return placeName(rows[third(box.top, 1 - box.bottom)], columns[third(box.left, 1 - box.right)]);
}

/** Edge that figures are compared at, so that neither where they are counts nor how large. */
const comparedEdge = 32;

/**
 * The hand whose drawing of the same scene is nearest by plain pixels, wherever it is and however large; undefined unless
 * each hand has drawn it.
 */
export function handOf(picture: Picture, scene: DrawnScene): string | undefined {
  const drawings = named.map((name) => scene.pictureBy(name, picture.width)).filter((drawing) => drawing !== undefined);
  if (drawings.length < named.length) return undefined;
  const figure = cutOut(picture, comparedEdge);
  if (!figure) return "nobody";
  const likeness = drawings.map((drawing) => psnr(figure, cutOut(drawing, comparedEdge)!));
  return named[likeness.indexOf(Math.max(...likeness))];
}
