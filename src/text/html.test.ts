import { expect, it } from "vitest";
import { unescapeHtml } from "./html.ts";

// Pinned from Python's html.unescape.
it.each([
  ["a < b && c", "a < b && c"],
  ["&amp;amp;", "&amp;"],
  ["&lt;b&gt", "<b>"],
  ["&copyright", "©right"],
  ["&notit;", "¬it;"],
  ["&eacute &Eacutex", "é Éx"],
  ["&#65;&#x42;&#67 &#x41g", "ABC Ag"],
  ["&#x110000; &#xD800; &#0; &#99999999999999999999;", "\ufffd \ufffd \ufffd \ufffd"],
  ["&#1;|&#127;|&#xfffe;|&#9;|&#13;", "|||\t|\r"],
  ["&#128; &#x9f;", "€ Ÿ"],
  ["&; &# &#x; &nosuch; & a", "&; &# &#x; &nosuch; & a"],
  ["&hellip;&mdash;&hearts;&alphabet;", "…—♥&alphabet;"],
  ["&AMP;&LT&QUOT;&apos;&apos", "&<\"'&apos"],
  ["&frac12;&sup2&thetasym;&lang;", "½²ϑ⟨"],
])("%s", (text, plain) => expect(unescapeHtml(text)).toBe(plain));
