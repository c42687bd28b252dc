import type { Random } from "../../src/training/data/random.ts";
import type { Corpus, Entry } from "./corpus.ts";
import { distorted } from "./distort.ts";
import { filled } from "./filled.ts";
import { sourceOf } from "./hands.ts";
import { inked } from "./ink.ts";

/** What befalls a picture's things. */
export interface Changes {
  readonly ink: boolean;
  readonly distort: boolean;
  readonly tint: boolean;
}

/** The corpus with its things redrawn. */
export function altered(corpus: Corpus, dice: Random, { ink, distort, tint }: Changes): Corpus {
  if (!ink && !distort && !tint) return corpus;
  const { size } = corpus;
  return {
    ...corpus,
    pixels(entry) {
      const plain = corpus.pixels(entry);
      const painter = tint ? painterOf(corpus, dice, entry) : undefined;
      const tinted = painter ? filled(plain, corpus.pixels(painter), size) : plain;
      const drawing = ink ? inked(tinted, size, dice) : tinted;
      return distort ? distorted(drawing, size, dice) : drawing;
    },
  };
}

/** Whose colours a black drawing can take: the hand's that drew it much the same, else any; undefined for others' drawings. */
function painterOf(corpus: Corpus, dice: Random, { hand, thing }: Entry): Entry | undefined {
  const { black, kin } = sourceOf(hand);
  if (!black) return undefined;
  const coloured = corpus.byThing.get(thing.label)!.filter((other) => !sourceOf(other.hand).black);
  return coloured.find((other) => other.hand === kin) ?? (coloured.length > 0 ? dice.pick(coloured) : undefined);
}
