import { expect, it } from "vitest";
import { hash64, KeySet, signed64 } from "./hash64.ts";

const urls = Array.from({ length: 30_000 }, (_, i) => `https://example.com/pictures/${i}.jpg`);

it("tells texts apart, and where one ends", () => {
  const hashes = new Set(urls.map((url) => signed64(hash64(url))));
  expect(hashes.size).toBe(urls.length);
  expect(signed64(hash64("ab", "c"))).not.toBe(signed64(hash64("a", "bc")));
  expect(signed64(hash64("", "a"))).not.toBe(signed64(hash64("a")));
});

it("mixes all bits", () => {
  const set = Array.from({ length: 64 }, () => 0);
  for (const url of urls.slice(0, 10_000))
    for (const [w, word] of hash64(url).entries())
      for (let bit = 0; bit < 32; bit++) set[32 * w + bit]! += (word >>> bit) & 1;
  expect(Math.min(...set)).toBeGreaterThan(4750);
  expect(Math.max(...set)).toBeLessThan(5250);
});

it("is kept over versions: it is in files", () => {
  expect(signed64(hash64("https://example.com/a.jpg", "a bear"))).toMatchInlineSnapshot(`8299497973504509105n`);
});

it("remembers keys, those with zeros too", () => {
  const keys = new KeySet();
  expect(urls.map((url) => keys.add(hash64(url))).every(Boolean)).toBe(true);
  expect(urls.some((url) => keys.add(hash64(url)))).toBe(false);
  expect([keys.add([0, 0]), keys.add([0, 0]), keys.add([0, 5]), keys.add([5, 0])]).toEqual([true, false, true, true]);
  expect(keys.size).toBe(urls.length + 3);
});
