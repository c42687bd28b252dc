import { UserError } from "../../errors.ts";
import type { Host } from "../../runtime/host.ts";
import { ndarray } from "../../runtime/ndarray.ts";
import { fitHead, type HeadFigures } from "../../training/linear-head.ts";
import { toStore, writeSafetensors } from "../../weights/safetensors.ts";
import type { ClipModel } from "./clip.ts";
import type { Head } from "./head.ts";
import { embedFiles } from "./kept-vectors.ts";

/** A picture and what is known of it: its score, or 1 for a member of the class and 0 for another. */
export interface Labelled {
  readonly path: string;
  readonly target: number;
}

export interface TrainHeadOptions {
  readonly model: ClipModel;
  readonly kind: Head["kind"];
  readonly pictures: readonly Labelled[];
  /** File that keeps the pictures' vectors. */
  readonly cache?: string;
  readonly signal?: AbortSignal;
}

export interface TrainHeadProgress {
  readonly stage: "embedding" | "fitting";
  readonly done: number;
  readonly total: number;
}

export interface TrainedHead {
  readonly head: Head;
  readonly pictures: number;
  /** Of a probability, those that are members. */
  readonly members: number | undefined;
  /** Of pictures that no head was fitted to which judged them. */
  readonly heldOut: HeadFigures;
  readonly ridge: number;
  readonly unreadable: readonly string[];
}

/** Parts that are left out in turn. */
const parts = 5;

/** Fits a linear head to a CLIP's vectors of labelled pictures. Throws a UserError where they are too few or all alike. */
export async function* trainHead(options: TrainHeadOptions): AsyncGenerator<TrainHeadProgress, TrainedHead> {
  const { model, kind, pictures, cache, signal } = options;
  const embedding = embedFiles(
    model,
    pictures.map(({ path }) => path),
    cache,
  );
  let embedded = await embedding.next();
  for (; !embedded.done; embedded = await embedding.next()) {
    signal?.throwIfAborted();
    yield { stage: "embedding", ...embedded.value };
  }
  const { places, digests, vectors, unreadable } = embedded.value;
  const targets = Float32Array.from(places, (place) => pictures[place]!.target);
  check(kind, targets, unreadable);
  const fitting = fitHead(model.host, { kind, vectors, targets, parts: partsOf(digests) });
  let fitted = await fitting.next();
  for (; !fitted.done; fitted = await fitting.next()) {
    signal?.throwIfAborted();
    yield { stage: "fitting", ...fitted.value };
  }
  const { weight, bias, ridge, heldOut } = fitted.value;
  const members = kind === "probability" ? targets.filter((target) => target === 1).length : undefined;
  return { head: { kind, weight, bias }, pictures: places.length, members, heldOut, ridge, unreadable };
}

/** By contents, so that the same picture in two folders is in one part: in turn, in the order of the digests. */
function partsOf(digests: readonly string[]): Uint8Array {
  const order = new Map([...new Set(digests)].sort().map((digest, i) => [digest, i % parts]));
  return Uint8Array.from(digests, (digest) => order.get(digest)!);
}

function check(kind: Head["kind"], targets: Float32Array, unreadable: readonly string[]): void {
  const because = unreadable[0] === undefined ? "" : `; ${unreadable.length} cannot be read: ${unreadable[0]}`;
  if (targets.length < 2 * parts)
    throw new UserError(`a head needs ${2 * parts} pictures, but ${targets.length} are there${because}`);
  if (targets.every((target) => target === targets[0]))
    throw new UserError(
      kind === "score"
        ? `all pictures have the score ${targets[0]}${because}: a head has nothing to learn from them`
        : `all pictures are ${targets[0] === 1 ? "members" : "others"}${because}: a head needs both`,
    );
}

/** Writes a head as `readHead` reads it. */
export function writeHead(
  host: Host,
  path: string,
  { kind, weight, bias }: Head,
  about: { readonly model: string; readonly digest: string } & Readonly<Record<string, string>>,
): Promise<void> {
  const tensors = new Map([
    ["weight", toStore(ndarray(weight, [1, weight.length]))],
    ["bias", toStore(ndarray(Float32Array.of(bias), [1]))],
  ]);
  return writeSafetensors(host, path, tensors, { head: kind, ...about });
}
