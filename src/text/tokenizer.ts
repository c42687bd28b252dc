import { UserError } from "../errors.ts";
import { BytePairs } from "./bpe.ts";
import { unescapeHtml } from "./html.ts";

/** A text as the model sees it. */
export interface Tokens {
  /** Start, the text, end, padding: always as many as the model has positions. */
  readonly ids: readonly number[];
  /** The words, in their normal form, that found no room or only in part. */
  readonly truncated: readonly string[];
}

export interface TokenizerOptions {
  /** Id of every piece; checked when it is needed, since there are 49,408 of them in CLIP's. */
  readonly vocabulary: Readonly<Record<string, unknown>>;
  /** Text of `merges.txt`. */
  readonly merges: string;
  readonly start: string;
  readonly end: string;
  readonly pad: string;
  /** Stands for pieces that the vocabulary lacks. */
  readonly unknown?: string;
  /** Positions of the model. */
  readonly length: number;
  /** Reads `&amp;` as `&`, twice over: OpenAI's own code does, the transformers library does not. */
  readonly html?: boolean;
  /** How messages call the files. */
  readonly name: string;
}

// Python's str.isspace: unlike JavaScript's \s it has U+001C to U+001F and U+0085 and lacks U+FEFF.
// biome-ignore lint/suspicious/noControlCharactersInRegex: those controls are white space there
const space = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;

/** Distinct words whose pieces are kept, and how long they may be. */
const remembered = { words: 20_000, letters: 64 };

const escapeRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

/**
 * CLIP's tokenizer (Radford et al. 2021): lower case, white space collapsed, words, single digits and runs of signs apart,
 * each split by byte-pair encoding. Not done is the repair of mojibake that OpenAI's code leaves to a library.
 */
export class Tokenizer {
  readonly start: number;
  readonly end: number;
  readonly pad: number;
  readonly length: number;
  readonly #options: TokenizerOptions;
  readonly #unknown: number | undefined;
  readonly #pairs: BytePairs;
  readonly #word: RegExp;
  readonly #known = new Map<string, readonly number[]>();

  constructor(options: TokenizerOptions) {
    const { merges, start, end, pad, unknown, length } = options;
    this.#options = options;
    this.start = this.#special(start, "start");
    this.end = this.#special(end, "end");
    this.pad = this.#special(pad, "padding");
    this.#unknown = unknown === undefined ? undefined : this.#id(unknown);
    this.length = length;
    this.#pairs = new BytePairs(merges);
    this.#known.set(start, [this.start]).set(end, [this.end]);
    const specials = `${escapeRegExp(start)}|${escapeRegExp(end)}`;
    // The long s is the one lower-case letter that also matches an s where case is ignored, as the original does.
    this.#word = new RegExp(`${specials}|'[sſ]|'t|'re|'ve|'m|'ll|'d|\\p{L}+|\\p{N}|[^ \\p{L}\\p{N}]+`, "gu");
  }

  #id(piece: string): number | undefined {
    const { vocabulary, name } = this.#options;
    if (!Object.hasOwn(vocabulary, piece)) return undefined;
    const id = vocabulary[piece];
    if (Number.isSafeInteger(id) && (id as number) >= 0) return id as number;
    throw new UserError(
      `${name}: vocab.json gives ${JSON.stringify(piece)} the id ${JSON.stringify(id)}, not a whole number`,
    );
  }

  #special(token: string, role: string): number {
    const id = this.#id(token);
    if (id === undefined)
      throw new UserError(`${this.#options.name}: the ${role} token ${JSON.stringify(token)} is not in vocab.json`);
    return id;
  }

  #encodeWord(word: string): readonly number[] {
    const known = this.#known.get(word);
    if (known) return known;
    const ids = this.#pairs.split(word).map((piece) => {
      const id = this.#id(piece) ?? this.#unknown;
      if (id !== undefined) return id;
      throw new UserError(
        `${this.#options.name}: vocab.json lacks ${JSON.stringify(piece)}: take it and merges.txt from one model`,
      );
    });
    if (this.#known.size < remembered.words && word.length <= remembered.letters) this.#known.set(word, ids);
    return ids;
  }

  /** The words of a text in their normal form. */
  words(text: string): string[] {
    const plain = this.#options.html ? unescapeHtml(unescapeHtml(text)) : text;
    return plain.replace(space, " ").toLowerCase().match(this.#word) ?? [];
  }

  /** Ids of a text's pieces, as many as there are. */
  encode(text: string): number[] {
    return this.words(text).flatMap((word) => this.#encodeWord(word));
  }

  /** Pieces, at most `length` - 2, between start and end, padded. */
  enclose(ids: readonly number[]): number[] {
    const used = [this.start, ...ids, this.end];
    return [...used, ...new Array<number>(this.length - used.length).fill(this.pad)];
  }

  /** Ids for the model's context: the first `length` - 2 pieces between start and end, padded. */
  tokenize(text: string): Tokens {
    const room = this.length - 2;
    const words = this.words(text);
    const ids: number[] = [];
    let fitting = 0;
    for (const word of words) {
      if (ids.length >= room) break;
      ids.push(...this.#encodeWord(word));
      if (ids.length <= room) fitting++;
    }
    return { ids: this.enclose(ids.slice(0, room)), truncated: words.slice(fitting) };
  }
}
