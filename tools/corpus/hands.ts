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
 * `kin`, a hand that drew much the same, is left out of them. Those in `black` show nothing that is known by its colour.
 * Those of `exact` names are icons of every kind, which show a fifth of the things: their other names mislead.
 */
export const aids = [
  { name: "blob", set: "noto-v1", kin: "noto" },
  { name: "contrast", set: "fluent-emoji-high-contrast", kin: "fluent", black: true },
  { name: "streamline", set: "streamline-emojis" },
  { name: "mono", set: "emojione-monotone", kin: "emojione", black: true },
  { name: "line", font: "noto-emoji", kin: "noto", black: true },
  { name: "games", set: "game-icons", black: true, exact: true },
  { name: "material", set: "mdi", black: true, exact: true },
  { name: "park", set: "icon-park", black: true, exact: true },
  { name: "phosphor", set: "ph", black: true, exact: true },
] as const;

export type Hand = (typeof hands | typeof aids)[number]["name"];

/** Where a hand's drawings are: an icon set of Iconify's or a font of Fontsource's. */
export interface Source {
  readonly name: Hand;
  readonly set?: string;
  readonly font?: string;
  /** The hand that drew much the same. */
  readonly kin?: Hand;
  readonly black?: boolean;
  readonly exact?: boolean;
}

/** In the order of a rendered corpus. */
export const allHands: readonly Source[] = [...hands, ...aids];

export const unseenHand: Hand = "openmoji";

export const sourceOf = (hand: Hand): Source => allHands.find(({ name }) => name === hand)!;

/** Whether captions say by which hand something is. */
export const isNamed = (hand: Hand): boolean => hands.some(({ name }) => name === hand);
