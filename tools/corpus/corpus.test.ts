import { describe, expect, test } from "vitest";
import { compose, portrait } from "./compose.ts";
import { type Corpus, corpusOf } from "./corpus.ts";
import { drawings } from "./drawings.ts";
import { aids, allHands, hands, sourceOf } from "./hands.ts";
import { type Split, splitOf, subsets } from "./splits.ts";
import { readThings } from "./things.ts";

const things = readThings();

/** Every thing in every hand, each an opaque square of a colour of its own, without rendering. */
function squares(subset: keyof typeof subsets = "generator"): Corpus {
  const pictures = things.flatMap((thing, i) =>
    allHands.map(({ name }) => [i, name, splitOf(thing, name)] as [number, typeof name, Split]),
  );
  return corpusOf({ size: 32, things, pictures }, subset, ({ index }) =>
    Uint8Array.from({ length: 32 * 32 * 4 }, (_, i) => (i % 4 === 3 ? 255 : (index >> ((i % 4) * 4)) & 127)),
  );
}

describe("hands", () => {
  test("draw the things they are said to, each picture for one thing", () => {
    const counts = allHands.map((hand) => {
      const { name } = hand;
      const found = drawings(hand, things);
      // What CLIP alone learns from draws some things alike.
      const different = hands.some((one) => one.name === name) ? 0.98 : 0.96;
      expect(new Set(found.values()).size, name).toBeGreaterThan(found.size * different);
      return found.size;
    });
    expect(counts).toEqual([1574, 1631, 1631, 1087, 652, 1631, 1206, 1497, 379, 1045, 1384, 313, 295, 213, 184]);
  });

  test("are matched by code point and by name", () => {
    const bear = things.find(({ label }) => label === "bear")!;
    for (const hand of [...hands, sourceOf("line")])
      expect(drawings(hand, things).get(bear), hand.name).toMatch(/^<svg .*viewBox/);
  });
});

describe("splits", () => {
  test("the unseen hand and the held-out pictures are in no training subset that must not see them", () => {
    for (const [subset, splits] of Object.entries(subsets)) {
      if (subset !== "unseen-hand") expect(splits).not.toContain("unseen-hand");
    }
    const autoencoder = new Set(squares("autoencoder").entries.map(({ thing }) => thing.label));
    for (const { thing } of squares("held-things").entries) expect(autoencoder.has(thing.label)).toBe(false);
    const pairs = new Set(squares("generator").entries.map(({ thing, hand }) => `${thing.label}/${hand}`));
    const held = squares("held-pairs").entries;
    for (const { thing, hand } of held) expect(pairs.has(`${thing.label}/${hand}`)).toBe(false);
    expect(held.length / (5 * things.length)).toBeCloseTo(0.04, 2);
  });

  test("hands that only CLIP learns from are seen by nothing else, and show it nothing that is held out", () => {
    const isAid = ({ hand }: { hand: string }): boolean => aids.some(({ name }) => name === hand);
    for (const subset of Object.keys(subsets) as (keyof typeof subsets)[])
      expect(squares(subset).entries.some(isAid), subset).toBe(subset === "clip");
    const held = new Set(squares("held-pairs").entries.map(({ thing, hand }) => `${thing.label}/${hand}`));
    const seen = squares("clip").entries;
    for (const { thing, hand } of seen) {
      const kin = sourceOf(hand).kin ?? hand;
      expect(held.has(`${thing.label}/${kin}`)).toBe(false);
    }
  });

  test("examples in the documentation are never held out", () => {
    for (const label of ["bear", "red apple", "cat", "dog"])
      for (const { name } of hands.slice(0, 5)) expect(splitOf({ label }, name)).toBe("train");
  });
});

describe("compose", () => {
  const corpus = squares();

  test("depends on seed and index alone, and on both", () => {
    const one = compose(corpus, 1, 17, { size: 64 });
    expect(compose(squares(), 1, 17, { size: 64 })).toEqual(one);
    expect(compose(corpus, 2, 17, { size: 64 })).not.toEqual(one);
    expect(compose(corpus, 1, 18, { size: 64 })).not.toEqual(one);
  });

  test("shows every entry once in as many pictures as there are", () => {
    const small = { ...corpus, entries: corpus.entries.slice(0, 40) };
    const middle = (i: number): number => compose(small, 3, i, { size: 16, plain: 1 }).pixels[(8 * 16 + 8) * 3]!;
    const seen = small.entries.map((_, i) => middle(i));
    expect(new Set(seen).size).toBe(new Set(small.entries.map((entry) => corpus.pixels(entry)[0])).size);
  });

  test("a plain picture has white corners and the thing in the middle", () => {
    for (let i = 0; i < 50; i++) {
      const { pixels } = compose(corpus, 5, i, { size: 64, plain: 1 });
      expect([...pixels.subarray(0, 3)]).toEqual([255, 255, 255]);
      expect([...pixels.subarray((32 * 64 + 32) * 3).subarray(0, 3)].every((value) => value <= 127)).toBe(true);
    }
  });

  test("a crop is a window of the whole picture", () => {
    const whole = compose(corpus, 5, 3, { size: 64 }).pixels;
    const part = compose(corpus, 5, 3, { size: 64, crop: 24 }).pixels;
    const row = (pixels: Uint8Array, edge: number, x: number, y: number): string =>
      Buffer.from(pixels.subarray((y * edge + x) * 3, (y * edge + x + 24) * 3)).toString("hex");
    const places = Array.from({ length: 41 * 41 }, (_, i) => [i % 41, Math.floor(i / 41)] as const);
    const rows = Array.from({ length: 24 }, (_, y) => y);
    const fits = places.some(([x, y]) => rows.every((r) => row(whole, 64, x, y + r) === row(part, 24, 0, r)));
    expect(fits).toBe(true);
  });

  test("captions say what is there", () => {
    const captions = Array.from({ length: 2000 }, (_, i) => compose(corpus, 9, i, { size: 8, plain: 0 }).caption);
    const share = (pattern: RegExp): number => captions.filter((c) => pattern.test(c)).length / captions.length;
    expect(share(/ and | next to /)).toBeGreaterThan(0.2);
    expect(share(/ on an? [a-z ]+ (background|gradient)/)).toBeCloseTo(0.6, 1);
    expect(share(/ in (fluent|noto|twemoji|emojione|fxemoji) style$/)).toBeCloseTo(1 / 3, 1);
    expect(share(/openmoji/)).toBe(0);
    expect(share(/\b(a a|a an|an an)\b|undefined| {2}|\ba (?!one|eu|ewe)[aeio]|\ban (?!ng |sos )[^aeiouhx ]/)).toBe(0);
  });

  test("captions name the hand as often as is asked, of the same pictures", () => {
    for (const plain of [0, 1]) {
      const seen = [0, 1].map((named) => compose(corpus, 9, 4, { size: 8, plain, named }));
      expect(seen.map(({ caption }) => / in \w+ style$/.test(caption))).toEqual([false, true]);
      expect(seen[0]!.pixels).toEqual(seen[1]!.pixels);
    }
  });

  test("an inked picture has dark outlines, and its caption names no hand", () => {
    for (let i = 0; i < 30; i++) {
      const { pixels, caption } = compose(corpus, 5, i, { size: 64, plain: 1, inked: 1 });
      const alone = compose(corpus, 5, i, { size: 64, plain: 1, inked: 1e-9 });
      const row = pixels.subarray(32 * 64 * 3, 33 * 64 * 3);
      const darkest = Math.min(...Array.from({ length: 64 }, (_, x) => Math.max(...row.subarray(3 * x, 3 * x + 3))));
      expect(darkest).toBeLessThan(96);
      expect(pixels).not.toEqual(alone.pixels);
      expect(caption).not.toMatch(/style$/);
    }
    const captions = Array.from({ length: 500 }, (_, i) => compose(corpus, 9, i, { size: 8, inked: 0.5 }).caption);
    expect(captions.some((c) => c.endsWith(" with black outlines"))).toBe(true);
    expect(captions.some((c) => c.endsWith(" style"))).toBe(true);
  });

  test("a distorted picture keeps its ground and its caption, and bends and recolours the thing", () => {
    for (let i = 0; i < 12; i++) {
      const alone = compose(corpus, 5, i, { size: 64, plain: 1, distorted: 1e-9 });
      const { pixels, caption } = compose(corpus, 5, i, { size: 64, plain: 1, distorted: 1 });
      expect([...pixels.subarray(0, 3)]).toEqual([255, 255, 255]);
      expect(pixels).not.toEqual(alone.pixels);
      expect(caption).toBe(alone.caption);
    }
  });

  test("pictures that come in fours show one thing, by several hands and in several ways", () => {
    const captions = Array.from({ length: 40 }, (_, i) => compose(corpus, 9, i, { size: 8, alike: 1 }).caption);
    const bare = (caption: string): string =>
      caption
        .replace(/^a picture of (an? )?((small|large) )?(an? )?/, "")
        .replace(/ (and|tilted|upside|in the|on|at the|in \w+ style).*$/, "");
    for (let first = 0; first < captions.length; first += 4) {
      const four = captions.slice(first, first + 4);
      expect(new Set(four.map(bare)).size, four.join("; ")).toBe(1);
      expect(new Set(four).size).toBeGreaterThan(1);
    }
    expect(captions.every((c) => c.endsWith(" style"))).toBe(true);
  });

  test("two things are shown as often as is said", () => {
    const pairs = (paired: number): number =>
      Array.from({ length: 40 }, (_, i) => compose(corpus, 9, i, { size: 8, plain: 0, paired }).caption).filter(
        (caption) => / (and|next to) /.test(caption),
      ).length;
    expect(pairs(1)).toBe(40);
    expect(pairs(0)).toBeLessThan(8);
  });

  test("a soft picture is the same one with smoother edges", () => {
    const squared = (a: Uint8Array, b: Uint8Array): number => a.reduce((sum, v, i) => sum + (v - (b[i] ?? v)) ** 2, 0);
    const roughness = (pixels: Uint8Array): number => squared(pixels, pixels.subarray(3));
    for (let i = 0; i < 8; i++) {
      const [sharp, soft] = [0, 1].map((share) => compose(corpus, 9, i, { size: 64, soft: share }));
      expect(soft!.caption).toBe(sharp!.caption);
      expect(roughness(soft!.pixels)).toBeLessThan(roughness(sharp!.pixels));
      expect(squared(soft!.pixels, sharp!.pixels)).toBeLessThan(roughness(sharp!.pixels));
    }
  });

  test("what comes in fours is drawn as its hand drew it", () => {
    const four = { size: 32, alike: 1 };
    for (let i = 0; i < 8; i++)
      expect(compose(corpus, 9, i, { ...four, inked: 1, distorted: 1, tinted: 1 })).toEqual(
        compose(corpus, 9, i, four),
      );
  });

  test("pictures that come with their neighbours show sixteen things that follow each other", () => {
    const things = [...corpus.byThing.keys()];
    const place = new Map([...corpus.byThing.values()].flatMap((drawn, i) => drawn.map(({ index }) => [index, i])));
    const seen: number[] = [];
    const watched: Corpus = {
      ...corpus,
      pixels(entry) {
        seen.push(entry.index);
        return corpus.pixels(entry);
      },
    };
    for (let i = 0; i < 64; i++) compose(watched, 9, i, { size: 8, plain: 1, near: 1 });
    const shown = seen.map((index) => place.get(index)!);
    for (let first = 0; first < 64; first += 16)
      for (let i = 1; i < 16; i++) expect(shown[first + i]).toBe((shown[first]! + i) % things.length);
    expect(new Set([0, 16, 32, 48].map((i) => shown[i])).size).toBeGreaterThan(1);
  });

  test("a portrait is the same every time", () => {
    const entry = corpus.entries.find(({ thing }) => thing.label === "bear")!;
    const { pixels, caption } = portrait(corpus, entry, 20);
    expect(caption).toBe("a picture of a bear");
    expect(pixels[0]).toBe(255);
    expect(pixels[(10 * 20 + 10) * 3]).toBe(corpus.pixels(entry)[0]);
  });
});
