import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../errors.ts";
import { formatSettings, parseSettings, type Settings } from "./settings.ts";

const written = `a picture of a bear, (best:1.2)
second line
Negative prompt: blurry, dark
Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7.5, Seed: 1234567890, Size: 512x768, Model hash: cc6cb27103, Model: "v1-5, pruned", Denoising strength: 0.75, Clip skip: 2, Lora hashes: "a: 12, b: 34", Version: v1.10.1`;

const settings: Settings = {
  prompt: "a picture of a bear, (best:1.2)\nsecond line",
  negative: "blurry, dark",
  steps: 20,
  sampler: "DPM++ 2M",
  schedule: "Karras",
  guidance: 7.5,
  seed: 1234567890,
  width: 512,
  height: 768,
  model: "v1-5, pruned",
  modelHash: "cc6cb27103",
  strength: 0.75,
  version: "v1.10.1",
  more: new Map([
    ["Clip skip", "2"],
    ["Lora hashes", "a: 12, b: 34"],
  ]),
};

describe("parseSettings", () => {
  it("reads what AUTOMATIC1111 writes", () => {
    expect(parseSettings(written)).toEqual(settings);
    expect(parseSettings(written.replaceAll("\n", "\r\n"))).toEqual(settings);
  });

  it("takes a last line of fewer than three pairs for prompt", () => {
    expect(parseSettings("bear\nat 5:30, ratio: 16:9")).toEqual({ prompt: "bear\nat 5:30, ratio: 16:9", negative: "" });
    expect(parseSettings("")).toEqual({ prompt: "", negative: "" });
  });

  it("passes over what is no pair and bears lone quotation marks", () => {
    expect(parseSettings('x\nSteps: 20, junk, Size: big, Seed: 1, Model: "odd, CFG scale: 0')).toEqual({
      prompt: "x",
      negative: "",
      steps: 20,
      seed: 1,
      model: '"odd',
      guidance: 0,
      more: new Map([["Size", "big"]]),
    });
  });

  it.each([
    ["Steps: 20.5, Seed: 1, Size: 8x8", "Steps: 20.5, which is not a whole number"],
    ["Steps: 20, Seed: 99999999999999999999, Size: 8x8", "Seed: 99999999999999999999, which is not a whole number"],
    ["Steps: 20, CFG scale: Infinity, Size: 8x8", "CFG scale: Infinity, which is not a number"],
  ])("refuses %s", (line, message) => {
    expect(() => parseSettings(`bear\n${line}`)).toThrow(new UserError(`the picture's settings say ${message}`));
  });

  it("refuses a text of megabytes", () => {
    expect(() => parseSettings("a".repeat(2 ** 20 + 1))).toThrow("1048577 characters long; at most 1048576 are read");
  });

  it("throws nothing but UserError, whatever the text", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "Steps: ",
        "Seed: 1",
        ", ",
        ":",
        '"',
        "\\",
        "\n",
        "Negative prompt:",
        "Size: 8x",
        "1e999",
        "__proto__: 1",
      ),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        try {
          parseSettings(pieces.join(""));
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
    );
  });

  it.each(['a: "\\",', "a, ", ": ", "a:b", '"', "a"])("reads a megabyte of %j in linear time", (piece) => {
    const text = piece.repeat(Math.floor(2 ** 20 / piece.length));
    const start = performance.now();
    parseSettings(text);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe("formatSettings", () => {
  it("writes what was read, in AUTOMATIC1111's order", () => {
    const text = formatSettings(settings);
    expect(text.split("\n").slice(0, 3)).toEqual(written.split("\n").slice(0, 3));
    expect(text.split("\n")[3]).toMatch(
      /^Steps: 20, Sampler: DPM\+\+ 2M, Schedule type: Karras, CFG scale: 7.5, Seed: /,
    );
    expect(parseSettings(text)).toEqual(settings);
  });

  it("leaves out what there is not", () => {
    expect(formatSettings({ prompt: "bear", negative: "" })).toBe("bear");
    expect(formatSettings({ prompt: "", negative: "", guidance: 0, seed: 0 })).toBe("CFG scale: 0, Seed: 0");
  });

  it("comes back from any values", () => {
    const line = fc.string({ unit: "grapheme" }).filter((s) => s === s.trim() && !s.startsWith("Negative prompt:"));
    const prompt = fc.array(line, { minLength: 1, maxLength: 3 }).map((lines) => lines.join("\n").trim());
    const any = fc.record({
      prompt,
      negative: fc.constantFrom("", "blurry, a: b", "two\nlines"),
      steps: fc.nat(),
      guidance: fc.double({ min: 0, max: 30, noNaN: true }).map(Math.abs),
      seed: fc.maxSafeNat(),
      model: fc.string({ unit: "binary" }),
      version: fc.constantFrom("1", "a, b", '"quoted"', " spaced ", "back\\slash", "\n"),
      more: fc.constantFrom(new Map([["Clip skip", "2"]]), new Map([["Lora hashes", 'a: "b", c']])),
    });
    fc.assert(
      fc.property(any, (wanted) => {
        expect(parseSettings(formatSettings(wanted))).toEqual(wanted);
      }),
    );
  });
});
