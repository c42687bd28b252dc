import type { Dim, Tensor } from "../../graph/index.ts";
import { ClipText } from "../../models/clip/index.ts";
import { UNet } from "../../models/unet/index.ts";
import { lowRankInputs } from "../../nn/index.ts";
import type { Host } from "../../runtime/host.ts";
import { type NdArray, ndarray } from "../../runtime/ndarray.ts";
import type { LearnedWords } from "../../text/chunks.ts";
import { splitPath } from "../../weights/files.ts";
import { type Lora, type LoraPart, type LowRank, readLora } from "../../weights/lora.ts";
import { readLearnedWords } from "../../weights/textual-inversion.ts";
import type { Configs } from "./graphs.ts";

/** A file with its scale; 1 without. */
export interface LoraFile {
  readonly file: string;
  readonly scale?: number;
  /** Whether a prompt asks for it by its name. */
  readonly tagged?: boolean;
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

/** What changes a model without changing its weights. */
export interface Adapters {
  readonly files: AdapterFiles;
  readonly branches: Readonly<Record<LoraPart, Branches>>;
  /** Ids of learned words, from the vocabulary's size on, and their vectors (ids width). */
  readonly words: LearnedWords;
  readonly learned: NdArray | undefined;
}

const noBranches: Branches = { modules: [], inputs: {} };

export const noAdapters: Adapters = {
  files: {},
  branches: { unet: noBranches, text_encoder: noBranches },
  words: new Map(),
  learned: undefined,
};

/** Reads LoRAs and embeddings for a model. Throws a UserError that names the file which is not for it. */
export async function readAdapters(
  host: Pick<Host, "open">,
  { unet, text }: Pick<Configs, "unet" | "text">,
  files: AdapterFiles,
): Promise<Adapters> {
  const shapes = (parameters: ReadonlyMap<string, Tensor>) =>
    new Map([...parameters].map(([key, { shape }]) => [key, shape] as const));
  const model = {
    unet: shapes(new UNet(unet).parameters),
    text_encoder: shapes(new ClipText(text).parameters),
  };
  const loras: { readonly lora: Lora; readonly scale: number }[] = [];
  for (const { file, scale = 1 } of files.loras ?? []) loras.push({ lora: await readLora(host, file, model), scale });
  const branches = (part: LoraPart): Branches => branchesOf(loras, part, model[part]);
  const vectors: Float32Array[] = [];
  const words = new Map<string, readonly number[]>();
  let next = text.vocabulary;
  for (const { file, word } of files.embeddings ?? [])
    for (const learned of await readLearnedWords(host, file, text.width, word)) {
      const count = learned.vectors.length / text.width;
      words.set(
        learned.word.toLowerCase(),
        Array.from({ length: count }, (_, i) => next + i),
      );
      vectors.push(learned.vectors);
      next += count;
    }
  return {
    files,
    branches: { unet: branches("unet"), text_encoder: branches("text_encoder") },
    words,
    learned: vectors.length > 0 ? ndarray(joined(vectors), [next - text.vocabulary, text.width]) : undefined,
  };
}

/** What settings say of them. */
export function* adapterSettings({ loras = [], embeddings = [] }: AdapterFiles): Generator<[string, string]> {
  const own = loras.filter(({ tagged }) => !tagged);
  for (const [i, { file, scale = 1 }] of own.entries()) yield [`Lora ${i + 1}`, `${file}:${scale}`];
  const tagged = loras.find((lora) => lora.tagged);
  if (tagged) yield ["Lora folder", splitPath(tagged.file)[0]];
  for (const [i, { file, word }] of embeddings.entries())
    yield [`Embedding ${i + 1}`, word === undefined ? file : `${file}:${word}`];
}

type Scaled = LowRank & { readonly scale: number };

/** Several LoRAs as one branch a module: their ranks lie side by side, their scales go into B. */
function branchesOf(
  loras: readonly { readonly lora: Lora; readonly scale: number }[],
  part: LoraPart,
  shapes: ReadonlyMap<string, readonly Dim[]>,
): Branches {
  const changes = new Map<string, Scaled[]>();
  for (const { lora, scale } of loras)
    for (const [module, change] of scale === 0 ? [] : lora[part])
      changes.set(module, [...(changes.get(module) ?? []), { ...change, scale: scale * change.factor }]);
  const inputs: Record<string, NdArray> = {};
  for (const [module, all] of changes) {
    const [out, ...into] = shapes.get(`${module}.weight`) as readonly number[];
    const rank = all.reduce((sum, change) => sum + change.rank, 0);
    const [down, up] = lowRankInputs(module);
    inputs[down] = ndarray(joined(all.map((change) => change.down)), [rank, ...into]);
    inputs[up] = ndarray(sideBySide(all, out!, rank), [out!, rank, ...into.slice(1).map(() => 1)]);
  }
  return { modules: [...changes.keys()].sort(), inputs };
}

/** Each B (out rank) times its scale, as one (out Σ rank). */
function sideBySide(all: readonly Scaled[], out: number, width: number): Float32Array {
  const together = new Float32Array(out * width);
  let first = 0;
  for (const { up, rank, scale } of all) {
    for (const [i, value] of up.entries()) together[Math.floor(i / rank) * width + first + (i % rank)] = value * scale;
    first += rank;
  }
  return together;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
