/** Pseudo-random numbers, the same for a seed: mulberry32. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  }

  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  one<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
}

/** Numbers at which readers go wrong, little-endian. */
const edges = [
  0n,
  1n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0xffffn,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];

function change(chance: Chance, bytes: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const at = chance.below(bytes.length + 1);
  const length = 1 + chance.below(Math.min(64, bytes.length));
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (chance.below(8)) {
    case 0: // a bit
      return Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ (1 << chance.below(8)) : byte));
    case 1: // a byte
      return Uint8Array.from(bytes, (byte, i) => (i === at ? chance.below(256) : byte));
    case 2: {
      // a number
      const copy = Buffer.from(bytes);
      const size = chance.one([1, 2, 4, 8]);
      const value = BigInt.asUintN(8 * size, chance.one(edges));
      for (let i = 0; i < size && at + i < copy.length; i++) copy[at + i] = Number((value >> BigInt(8 * i)) & 0xffn);
      return copy;
    }
    case 3: // cut off
      return head;
    case 4: // cut out
      return Buffer.concat([head, tail.subarray(length)]);
    case 5: // put in again
      return Buffer.concat([head, bytes.subarray(chance.below(bytes.length + 1)).subarray(0, length), tail]);
    case 6: // put in noise
      return Buffer.concat([head, Buffer.from(Array.from({ length }, () => chance.below(256))), tail]);
    default: {
      // put in a piece of another
      const other = chance.one(others);
      return Buffer.concat([head, other.subarray(chance.below(other.length + 1)).subarray(0, length), tail]);
    }
  }
}

/** One of some files, changed in one to four places, mostly in one. */
export function mutant(chance: Chance, seeds: readonly Uint8Array[]): Uint8Array {
  let bytes: Uint8Array = chance.one(seeds);
  for (let changes = chance.one([1, 1, 1, 2, 4]); changes > 0 && bytes.length > 0; changes--)
    bytes = change(chance, bytes, seeds);
  return new Uint8Array(bytes);
}

const oddValues: readonly unknown[] = [
  0,
  -1,
  1,
  0.5,
  1e308,
  2 ** 31,
  2 ** 53,
  -(2 ** 60),
  "",
  "x",
  "\u0000",
  "__proto__",
  null,
  true,
  false,
  [],
  {},
  [[[]]],
  [1, "a"],
  { a: {} },
];

/** The JSON with some of its values changed, left out, or put under other names. */
export function jsonMutant(chance: Chance, seed: unknown): string {
  const root = structuredClone(seed);
  for (let changes = 1 + chance.below(3); changes > 0; changes--) {
    let at: unknown = root;
    while (typeof at === "object" && at !== null && Object.keys(at).length > 0) {
      const holder = at as Record<string, unknown>;
      const name = chance.one(Object.keys(holder));
      if (chance.below(2) === 0 && typeof holder[name] === "object" && holder[name] !== null) {
        at = holder[name];
        continue;
      }
      const kind = chance.below(6);
      if (kind === 0) delete holder[name];
      else if (kind === 1) holder[`${name}_`] = structuredClone(holder[name]);
      else if (kind === 2 && Array.isArray(holder[name])) holder[name] = [...holder[name], ...holder[name]];
      else holder[name] = structuredClone(chance.one(oddValues));
      break;
    }
  }
  return JSON.stringify(root);
}
