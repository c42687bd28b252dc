/** Seeded uniform numbers for augmentation and sampling: the same keys give the same sequence anywhere. */
export interface Random {
  /** Uniform in [low, high); [0, 1) without arguments. */
  real(low?: number, high?: number): number;
  /** Uniform whole number in [0, count). */
  int(count: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
}

/** Murmur3's finaliser: every bit of the input reaches every bit of the result. */
function scramble(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** 32 well-mixed bits of whole numbers up to 2^53 (a seed, a step, an index …). */
export function hash(...keys: readonly number[]): number {
  let h = 0x9e3779b9;
  for (const key of keys) {
    h = scramble(Math.imul(h, 5) + 0xe6546b64 + (key >>> 0));
    h = scramble(h ^ Math.floor(key / 2 ** 32));
  }
  return h;
}

/** The hash of a text's UTF-16 units. */
export const hashText = (text: string, seed = 0): number =>
  hash(seed, ...Array.from({ length: text.length }, (_, i) => text.charCodeAt(i)));

/** A stream of its own for these keys (sfc32 by Chris Doty-Humphrey, public domain). */
export function random(...keys: readonly number[]): Random {
  let [a, b, c, counter] = [hash(...keys, 0), hash(...keys, 1), hash(...keys, 2), 1];
  const word = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let i = 0; i < 8; i++) word();
  const real = (low = 0, high = 1): number => low + (word() / 2 ** 32) * (high - low);
  const int = (count: number): number => Math.floor(real(0, count));
  return { real, int, chance: (probability) => real() < probability, pick: (items) => items[int(items.length)]! };
}

/**
 * Entry `index` of a seeded shuffle of 0 … size-1, without holding it: a four-round Feistel network over the next even
 * number of bits, walked until it lands inside (Black and Rogaway 2002, "Ciphers with arbitrary finite domains").
 */
export function shuffled(index: number, size: number, seed: number, epoch: number): number {
  const half = Math.max(1, Math.ceil(Math.log2(size) / 2));
  const base = 2 ** half;
  let at = index;
  do {
    let [left, right] = [Math.floor(at / base), at % base];
    for (let round = 0; round < 4; round++) [left, right] = [right, left ^ (hash(seed, epoch, round, right) % base)];
    at = left * base + right;
  } while (at >= size);
  return at;
}

/** Which of `size` samples is the `count`-th drawn in training: each once an epoch, newly shuffled every epoch. */
export const drawn = (count: number, size: number, seed: number): number =>
  shuffled(count % size, size, seed, Math.floor(count / size));
