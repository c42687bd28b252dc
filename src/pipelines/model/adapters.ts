import { lowRankInputs } from "../../nn/index.ts";
import { type NdArray, ndarray } from "../../runtime/ndarray.ts";
import type { LearnedWords } from "../../text/chunks.ts";
import type { Lora, LoraPart, LowRank } from "../../weights/lora.ts";
import type { LearnedWord } from "../../weights/textual-inversion.ts";

/** A file with its scale; 1 without. */
export interface LoraFile {
  readonly file: string;
  readonly scale?: number;
}

/** A file, and a word for it where it is not to be called by its own name. */
export interface EmbeddingFile {
  readonly file: string;
  readonly word?: string;
}

export interface AdapterFiles {
  readonly loras?: readonly LoraFile[];
  readonly embeddings?: readonly EmbeddingFile[];
}

/** Low-rank branches of a part's modules, and what goes into them. */
export interface Branches {
  readonly modules: readonly string[];
  readonly inputs: Readonly<Record<string, NdArray>>;
}

/** Several LoRAs as one branch a module: their ranks lie side by side, their scales go into B. */
export function branchesOf(loras: readonly { readonly lora: Lora; readonly scale: number }[], part: LoraPart): Branches {
  const changes = new Map<string, { readonly change: LowRank; readonly scale: number }[]>();
  for (const { lora, scale } of loras)
    for (const [module, change] of scale === 0 ? [] : lora[part])
      changes.set(module, [...(changes.get(module) ?? []), { change, scale: scale * change.factor }]);
  const inputs: Record<string, NdArray> = {};
  for (const [module, all] of changes) {
  }
  return { modules: [...changes.keys()].sort(), inputs };
}
