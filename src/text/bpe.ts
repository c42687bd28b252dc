/** Letters that stand for the 256 bytes in byte-level vocabularies: printable ones for themselves, the rest from U+0100. */
export const byteLetters: readonly string[] = (() => {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
})();

/** Ends the last piece of a word in CLIP's vocabularies. */
export const endOfWord = "</w>";

const encoder = new TextEncoder();

/** Byte-pair encoding: Sennrich et al. 2016, over the bytes of UTF-8. */
export class BytePairs {
  /** Priority of a merge `"left right"`, the least first. */
  readonly ranks: ReadonlyMap<string, number>;

  /** @param merges `merges.txt`: a pair of pieces a line, the most frequent first; a first line `#version` is skipped. */
  constructor(merges: string) {
    const lines = merges.trimEnd().split("\n");
    if (lines[0]?.startsWith("#version")) lines.shift();
    const ranks = new Map<string, number>();
    for (let rank = 0; rank < lines.length; rank++) ranks.set(lines[rank]!, rank);
    this.ranks = ranks;
  }

  /** The pieces of one word, merged in the order in which the merges were learned. */
  split(word: string): string[] {
    let pieces = Array.from(encoder.encode(word), (byte) => byteLetters[byte]!);
    if (pieces.length === 0) return pieces;
    pieces.push(pieces.pop() + endOfWord);
    const rankAt = (i: number): number => this.ranks.get(`${pieces[i]} ${pieces[i + 1]}`) ?? Number.POSITIVE_INFINITY;
    let ranks = pieces.map((_, i) => rankAt(i));
    for (;;) {
      const best = ranks.reduce((least, rank) => Math.min(least, rank), Number.POSITIVE_INFINITY);
      if (best === Number.POSITIVE_INFINITY) return pieces;
      const merged: string[] = [];
      const carried: (number | undefined)[] = [];
      for (let i = 0; i < pieces.length; i++) {
        if (ranks[i] === best) {
          if (carried.length > 0) carried[carried.length - 1] = undefined;
          merged.push(pieces[i]! + pieces[i + 1]!);
          carried.push(undefined);
          i++;
        } else {
          merged.push(pieces[i]!);
          carried.push(ranks[i]!);
        }
      }
      pieces = merged;
      ranks = carried.map((rank, i) => rank ?? rankAt(i));
    }
  }
}
