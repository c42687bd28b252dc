import { byteLetters, endOfWord } from "../../src/text/bpe.ts";

const learned = `a r</w>
b e
be ar</w>
a r
p i
pi c
t u
tu r
tur e</w>
pic ture</w>
o f</w>
a p
ap p
l e</w>
app le</w>
t h
th e</w>
i n
in g</w>
a n
an d</w>
e r
er e
. .
. .</w>
.. .</w>
' s</w>
! !</w>
! !
Ã ©</w>`;

/** A byte-level vocabulary in CLIP's order: bytes, bytes at a word's end, merges, start and end. */
export function tinyVocabulary(): { vocabulary: Record<string, number>; merges: string } {
  // OpenAI's order: the printable bytes first
  const letters = [...byteLetters].sort((a, b) => a.charCodeAt(0) - b.charCodeAt(0));
  const pieces = [
    ...letters,
    ...letters.map((letter) => letter + endOfWord),
    ...learned.split("\n").map((line) => line.replace(" ", "")),
    "<|startoftext|>",
    "<|endoftext|>",
  ];
  const vocabulary = Object.fromEntries(pieces.map((piece, id) => [piece, id]));
  return { vocabulary, merges: `#version: 0.2\n${learned}\n` };
}
