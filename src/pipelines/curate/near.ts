import type { Fingerprint } from "../../image/fingerprint.ts";

/** A picture that was kept so far. */
export interface Candidate extends Fingerprint {
  readonly key: string;
  readonly sha256: string;
}

/** A picture that goes, and the earlier one that it equals. */
export interface Duplicate {
  readonly key: string;
  readonly of: string;
  readonly by: "sha256" | "phash";
}

/**
 * Root mean square by which the colours of near-duplicates differ at most: of 255, and of the contrast within each of them,
 * since a small thing on white has nearly the colours of any other. Compression alone changes them by `noise`.
 */
const mostColour = 12;
const mostContrast = 0.15;
const noise = 1.5;

/** Bands of 16 bits: of hashes that differ by up to 3 bits one band is equal, of up to 7 one differs by at most a bit. */
const bands = 4;
const bits = 16;
/** Largest distance of hashes that is looked for. */
export const mostNear = 7;

/**
 * The duplicates among pictures in the order of their keys: those that equal an earlier one — kept or not — by SHA-256,
 * or by perceptual hashes that differ by at most `near` bits and by their colours. What becomes of a picture depends on
 * those before it only, and on no decision about them.
 */
export function findDuplicates(candidates: Iterable<Candidate>, near: number | undefined): Duplicate[] {
  const known = new Map<string, string>();
  const index = new NearIndex(near ?? -1);
  const duplicates: Duplicate[] = [];
  for (const candidate of candidates) {
    const { key, sha256 } = candidate;
    const same = known.get(sha256);
    const alike = same === undefined && near !== undefined ? index.find(candidate) : undefined;
    if (same !== undefined) duplicates.push({ key, of: same, by: "sha256" });
    else known.set(sha256, key);
    if (alike !== undefined) duplicates.push({ key, of: alike, by: "phash" });
    if (same === undefined && near !== undefined) index.add(candidate);
  }
  return duplicates;
}

/** Pictures that can be found by hashes close to theirs. */
class NearIndex {
  readonly #near: number;
  readonly #keys: string[] = [];
  readonly #hashes: number[] = [];
  readonly #colours: Uint8Array[] = [];
  readonly #buckets = Array.from({ length: bands }, () => new Map<number, number[]>());

  constructor(near: number) {
    this.#near = near;
  }

  add({ key, phash, colours }: Candidate): void {
    const n = this.#keys.push(key) - 1;
    const words = wordsOf(phash);
    this.#hashes.push(...words);
    this.#colours.push(colours);
    for (const [band, word] of words.entries()) {
      const bucket = this.#buckets[band]!.get(word);
      if (bucket) bucket.push(n);
      else this.#buckets[band]!.set(word, [n]);
    }
  }

  /** The key of the earliest picture that is close to this one in the first band where any is. */
  find({ phash, colours }: Candidate): string | undefined {
    const words = wordsOf(phash);
    const probes = this.#near < bands ? [0] : [0, ...Array.from({ length: bits }, (_, bit) => 1 << bit)];
    for (const [band, word] of words.entries())
      for (const probe of probes)
        for (const n of this.#buckets[band]!.get(word ^ probe) ?? [])
          if (this.#distance(n, words) <= this.#near && areAlike(this.#colours[n]!, colours)) return this.#keys[n];
    return undefined;
  }

  #distance(n: number, words: readonly number[]): number {
    let distance = 0;
    for (let band = 0; band < bands; band++) distance += ones(this.#hashes[n * bands + band]! ^ words[band]!);
    return distance;
  }
}

const wordsOf = (phash: string): number[] =>
  Array.from({ length: bands }, (_, band) => Number.parseInt(phash.slice(4 * band, 4 * band + 4), 16));

/** Bits that are set. */
function ones(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}

function areAlike(a: Uint8Array, b: Uint8Array): boolean {
  const sum = a.reduce((total, value, i) => total + (value - b[i]!) ** 2, 0);
  const most = Math.max(noise, mostContrast * Math.min(contrastOf(a), contrastOf(b)));
  return Math.sqrt(sum / a.length) <= Math.min(mostColour, most);
}

/** Root mean square by which colours (fields, red green blue) differ from their mean. */
function contrastOf(colours: Uint8Array): number {
  const fields = colours.length / 3;
  const mean = [0, 0, 0];
  for (const [i, value] of colours.entries()) mean[i % 3]! += value / fields;
  const sum = colours.reduce((total, value, i) => total + (value - mean[i % 3]!) ** 2, 0);
  return Math.sqrt(sum / colours.length);
}
