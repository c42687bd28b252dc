import type { Span } from "./prompt.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** As much of a prompt as a text tower reads at once. */
export interface Chunk {
  /** Start, pieces, end, padding: as many as the tower has positions. */
  readonly ids: readonly number[];
  /** The weight of each. */
  readonly weights: readonly number[];
}

/** Words that stand for vectors learned beside the vocabulary: the ids of each one's vectors. */
export type LearnedWords = ReadonlyMap<string, readonly number[]>;

/** So many pieces after a chunk's last comma, at most, move on to the next chunk. */
const movable = 19;

interface Piece {
  readonly id: number;
  readonly weight: number;
}

/**
 * A prompt of any length in chunks, as AUTOMATIC1111's web UI cuts it: each section begins one, and a full one ends
 * behind its last comma if that is near. No text is one empty chunk.
 */
export function chunksOf(tokenizer: Tokenizer, sections: readonly (readonly Span[])[], learned: LearnedWords): Chunk[] {
  const chunks = sections.flatMap((spans) => cut(groupsOf(spans, tokenizer, learned), tokenizer));
  if (chunks.length > 1 && chunks.at(-1)!.length === 0) chunks.pop();
  return chunks.map((pieces) => enclosed(pieces, tokenizer));
}

/** The pieces of texts, one by one; those of a learned word together. */
function groupsOf(spans: readonly Span[], tokenizer: Tokenizer, learned: LearnedWords): Piece[][] {
  const longestFirst = [...learned.keys()].sort((a, b) => b.length - a.length);
  const words = new RegExp(`(${longestFirst.map(bounded).join("|")})`, "giu");
  return spans.flatMap(({ text, weight }) => {
    const pieces = (ids: readonly number[]): Piece[] => ids.map((id) => ({ id, weight }));
    return (learned.size > 0 ? text.split(words) : [text]).flatMap((part, i) => {
      const ids = i % 2 === 1 ? learned.get(part.toLowerCase()) : undefined;
      return ids ? [pieces(ids)] : pieces(tokenizer.encode(part)).map((piece) => [piece]);
    });
  });
}

/** A pattern of a learned word where it is not a part of a longer one. */
function bounded(word: string): string {
  const letter = "[\\p{L}\\p{N}]";
  const isLetter = new RegExp(letter, "u");
  const before = isLetter.test(word[0]!) ? `(?<!${letter})` : "";
  const after = isLetter.test(word.at(-1)!) ? `(?!${letter})` : "";
  return before + word.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&") + after;
}

/** Fills chunks with groups of pieces, which stay together where they fit into one. */
function cut(groups: readonly (readonly Piece[])[], tokenizer: Tokenizer): Piece[][] {
  const room = tokenizer.length - 2;
  const comma = tokenizer.encode(",").at(-1);
  const chunks: Piece[][] = [[]];
  for (const group of groups.flatMap((pieces) => (pieces.length <= room ? [pieces] : pieces.map((p) => [p])))) {
    const chunk = chunks.at(-1)!;
    if (chunk.length + group.length > room) {
      const kept = chunk.findLastIndex(({ id }) => id === comma) + 1;
      const moved = chunk.length - kept;
      const moves = kept > 0 && moved <= movable && moved + group.length <= room && group[0]!.id !== comma;
      chunks.push(moves ? chunk.splice(kept) : []);
    }
    chunks.at(-1)!.push(...group);
  }
  return chunks;
}

function enclosed(pieces: readonly Piece[], tokenizer: Tokenizer): Chunk {
  const weights = pieces.map(({ weight }) => weight);
  return {
    ids: tokenizer.enclose(pieces.map(({ id }) => id)),
    weights: [1, ...weights, ...new Array<number>(tokenizer.length - 1 - weights.length).fill(1)],
  };
}
