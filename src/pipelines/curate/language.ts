import { francAll } from "franc-min";

/** Scripts that say in two characters what others say in ten. */
const dense = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u;

/** Characters of a caption times the lead of its language before the next likely one, from which on that is rarely another. */
const leastLead = 4;

/**
 * The language of a caption by its letter triples, as ISO 639-3; `und` where two come close, the more so the shorter the
 * caption is.
 */
export function languageOf(caption: string): string {
  const [[language], second] = francAll(caption, { minLength: dense.test(caption) ? 2 : 10 }) as [
    [string, number],
    [string, number]?,
  ];
  const lead = second ? 1 - second[1] : Infinity;
  return lead * caption.length < leastLead ? "und" : language;
}
