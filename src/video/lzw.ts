/** Codes have 12 bits at most. */
const mostCodes = 4096;

/** GIF's variable-length-code LZW (GIF89a, appendix F). */
export class Lzw {
  /** Of an index. */
  readonly #bits: number;
  /** The code of a known string and one more index; 0 where there is none. */
  readonly #longer: Uint16Array;

  constructor(bits: number) {
    this.#bits = bits;
    this.#longer = new Uint16Array(mostCodes << bits);
  }

  /** Indexes as bytes, not yet divided into blocks. */
  pack(indexes: Uint8Array): Uint8Array {
    const [bits, longer] = [this.#bits, this.#longer];
    const clear = 1 << bits;
    const end = clear + 1;
    longer.fill(0);
    // At worst each index is a code of 12 bits.
    const out = new Uint8Array(Math.ceil((indexes.length * 12) / 8) + 16 + (indexes.length >> 9));
    let [size, held, free, width, next] = [0, 0, 0, bits + 1, end + 1];
    const emit = (code: number): void => {
      held |= code << free;
      for (free += width; free >= 8; free -= 8, held >>>= 8) out[size++] = held & 0xff;
    };
    emit(clear);
    let known = indexes[0]!;
    for (let i = 1; i < indexes.length; i++) {
      const index = indexes[i]!;
      const slot = (known << bits) | index;
      if (longer[slot] !== 0) {
        known = longer[slot]!;
        continue;
      }
      emit(known);
      if (next < mostCodes) {
        longer[slot] = next;
        if (next++ === 1 << width) width++;
      } else {
        emit(clear);
        longer.fill(0);
        [width, next] = [bits + 1, end + 1];
      }
      known = index;
    }
    emit(known);
    // The decoder has made one more code by now.
    if (next === 1 << width && width < 12) width++;
    emit(end);
    if (free > 0) out[size++] = held & 0xff;
    return out.subarray(0, size);
  }
}
