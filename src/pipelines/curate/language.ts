import { franc } from "franc-min";

/** Scripts that say in two characters what others say in ten. */
const dense = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u;

/** The language of a caption by its letter triples, as ISO 639-3; `und` where it cannot be told. */
export const languageOf = (caption: string): string => franc(caption, { minLength: dense.test(caption) ? 2 : 10 });
