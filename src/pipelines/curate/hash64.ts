/** Murmur3's finaliser. */
function scramble(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** 64 well-mixed bits of texts in order, as two words; where one text ends and the next begins matters. */
export function hash64(...texts: readonly string[]): readonly [high: number, low: number] {
  let [high, low] = [0x9e3779b9, 0x243f6a88];
  for (const text of texts) {
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      high = Math.imul(high ^ unit, 0xcc9e2d51);
      high = (high << 15) | (high >>> 17);
      low = Math.imul(low ^ unit ^ high, 0x1b873593);
      low = (low << 13) | (low >>> 19);
    }
    high = scramble(high ^ text.length);
    low = scramble(low ^ high);
  }
  return [scramble(high ^ low) >>> 0, scramble(low) >>> 0];
}

/** Those words as a signed whole number of 64 bits. */
export const signed64 = ([high, low]: readonly [number, number]): bigint =>
  BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));

/** Fullest that a table becomes before it grows. */
const mostFull = 0.6;

/** A set of 64-bit keys at 13 to 27 bytes each: a Set of JavaScript's ends at 16 million. */
export class KeySet {
  #words = new Uint32Array(2 * 1024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Whether the key is new. */
  add([high, low]: readonly [number, number]): boolean {
    // Two zeros mark a free place.
    const key = high === 0 && low === 0 ? 1 : low;
    if (2 * this.#size > mostFull * this.#words.length) this.#grow();
    return this.#put(this.#words, high, key);
  }

  #put(words: Uint32Array, high: number, low: number): boolean {
    const mask = words.length / 2 - 1;
    for (let place = low & mask; ; place = (place + 1) & mask) {
      const [h, l] = [words[2 * place]!, words[2 * place + 1]!];
      if (h === high && l === low) return false;
      if (h !== 0 || l !== 0) continue;
      words[2 * place] = high;
      words[2 * place + 1] = low;
      this.#size++;
      return true;
    }
  }

  #grow(): void {
    const larger = new Uint32Array(2 * this.#words.length);
    this.#size = 0;
    for (let i = 0; i < this.#words.length; i += 2) {
      const [high, low] = [this.#words[i]!, this.#words[i + 1]!];
      if (high !== 0 || low !== 0) this.#put(larger, high, low);
    }
    this.#words = larger;
  }
}
