import { hashText } from "../../src/training/data/random.ts";
import { aids, type Hand, sourceOf, unseenHand } from "./hands.ts";
import type { Thing } from "./things.ts";

/**
 * Where a picture belongs, fixed for ever by a hash of its name.
 * - "train": everything learns from it.
 * - "held-thing": one of the 5 % of things that no autoencoder training sees in any hand. The text-conditioned models
 *   do see them: they must be able to draw everything.
 * - "held-pair": 4 % of the remaining (thing, hand) pairs, unseen by CLIP and the U-Net, which know the thing from
 *   other hands. The autoencoder may see them.
 * - "unseen-hand": never trained on by anything.
 * - "aid": by a hand that CLIP alone learns from.
 * - "left-out": by such a hand, and too like a held-out pair.
 */
export type Split = "train" | "held-thing" | "held-pair" | "unseen-hand" | "aid" | "left-out";

/** What a model may be trained on, or tested with. */
export const subsets: Readonly<Record<Subset, readonly Split[]>> = {
  autoencoder: ["train", "held-pair"],
  generator: ["train", "held-thing"],
  clip: ["train", "held-thing", "aid"],
  "held-things": ["held-thing"],
  "held-pairs": ["held-pair"],
  "unseen-hand": ["unseen-hand"],
};
export type Subset = "autoencoder" | "generator" | "clip" | "held-things" | "held-pairs" | "unseen-hand";

const seed = 2026;

/** Things that documentation and examples name: always trained on in every hand. */
const kept = new Set(
  "bear,red apple,green apple,cat,cat face,dog,dog face,house,automobile,pizza,red heart,guitar,rocket,sunflower,banana,star,deciduous tree,robot,frog,hot beverage,fire,sun,crescent moon,snowman,pineapple,octopus,rainbow,bicycle,umbrella,crown,tiger face,lion,panda,fox,rose,strawberry,grinning face,ghost,alien,fish,bird,butterfly".split(
    ",",
  ),
);

export function splitOf(thing: Pick<Thing, "label">, hand: Hand): Split {
  if (hand === unseenHand) return "unseen-hand";
  if (aids.some(({ name }) => name === hand)) {
    const { kin } = sourceOf(hand);
    return kin && splitOf(thing, kin) === "held-pair" ? "left-out" : "aid";
  }
  if (kept.has(thing.label)) return "train";
  if (hashText(thing.label, seed) < 0.05 * 2 ** 32) return "held-thing";
  return hashText(`${thing.label}/${hand}`, seed) < 0.04 * 2 ** 32 ? "held-pair" : "train";
}
