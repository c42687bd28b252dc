import { describe, expect, it } from "vitest";
import { UsageError } from "../../errors.ts";
import { hint, nearest } from "./nearest.ts";
import { choice, decimal, describeOptions, type Options, parseOptions, wholeNumber } from "./options.ts";

const options = {
  steps: { type: "string", value: "N", help: "denoising steps" },
  output: { type: "string", short: "o", value: "FILE", aliases: ["out_file"], help: "where to write" },
  text: { type: "string", multiple: true, help: "texts" },
  resume: { type: "boolean", help: "go on" },
} as const satisfies Options;

describe("parseOptions", () => {
  it("sorts options and positionals", () => {
    const { values, positionals } = parseOptions(
      ["a bear", "--steps=4", "-o", "bear.png", "--text", "a", "--text", "b", "--resume", "--", "--more"],
      options,
    );
    expect(values).toMatchObject({ steps: "4", output: "bear.png", text: ["a", "b"], resume: true, json: false });
    expect(positionals).toEqual(["a bear", "--more"]);
    expect(parseOptions([], options).values).toMatchObject({ steps: undefined, text: [], resume: false });
  });

  it("knows options by what other programs call them", () => {
    expect(parseOptions(["--out_file", "a.png"], options).values.output).toBe("a.png");
    expect(() => parseOptions(["--out_file"], options)).toThrow(new UsageError("--out_file needs FILE after it"));
  });

  it("takes negative numbers and empty texts for values", () => {
    const { values } = parseOptions(["--steps", "-1", "--output", ""], options);
    expect(values).toMatchObject({ steps: "-1", output: "" });
    expect(parseOptions(["--text", "-"], options).values.text).toEqual(["-"]);
  });

  it.each([
    [["--stpes", "4"], "unknown option --stpes; did you mean --steps?"],
    [["--zzz"], "unknown option --zzz"],
    [["--toString"], "unknown option --toString"],
    [["-x"], "unknown option -x"],
    [["--steps"], "--steps needs N after it"],
    [["--output", "--steps", "4"], "--output needs FILE, but --steps follows; write --output=--steps if that is meant"],
    [["--resume=yes"], '--resume takes no value, but got "yes"'],
  ])("refuses %j", (args, message) => {
    expect(() => parseOptions(args, options)).toThrow(new UsageError(message));
  });
});

describe("values", () => {
  it("reads numbers", () => {
    expect(wholeNumber("steps", "20", { least: 1 })).toBe(20);
    expect(wholeNumber("seed", "-0")).toBe(-0);
    expect(wholeNumber("steps", undefined)).toBeUndefined();
    expect(decimal("guidance", "7.5", { least: 0 })).toBe(7.5);
    expect(decimal("guidance", "0")).toBe(0);
    expect(decimal("rate", "1e-4")).toBe(1e-4);
  });

  it.each([
    [
      () => wholeNumber("steps", "2.5", { least: 1, most: 1000 }),
      '--steps must be a whole number from 1 to 1000, not "2.5"',
    ],
    [() => wholeNumber("steps", "0", { least: 1 }), '--steps must be a whole number of at least 1, not "0"'],
    [() => wholeNumber("steps", ""), '--steps must be a whole number, not ""'],
    [() => wholeNumber("seed", "99999999999999999999"), '--seed must be a whole number, not "99999999999999999999"'],
    [() => decimal("strength", "1.5", { most: 1 }), '--strength must be a number of at most 1, not "1.5"'],
    [() => decimal("guidance", "Infinity"), '--guidance must be a number, not "Infinity"'],
    [
      () => choice("sampler", "dpmp-2m", ["euler", "dpmpp-2m"]),
      '--sampler is "dpmp-2m", but must be one of euler, dpmpp-2m; did you mean dpmpp-2m?',
    ],
  ])("refuses others (%#)", (read, message) => {
    expect(read).toThrow(new UsageError(message));
  });

  it("describes options in two columns", () => {
    const lines = describeOptions(options).split("\n");
    expect(lines[0]).toBe("      --steps N      denoising steps");
    expect(lines[1]).toBe("  -o, --output FILE  where to write");
    expect(lines).toHaveLength(4 + 3);
  });
});

describe("nearest", () => {
  it.each([
    ["generat", "generate"],
    ["gen", "generate"],
    ["train", "train"],
    ["tarin", "train"],
    ["clasify", "classify"],
    ["x", undefined],
    ["dance", undefined],
  ])("%s → %s", (word, wanted) => {
    expect(nearest(word, ["generate", "train", "classify", "similarity"])).toBe(wanted);
  });

  it("does not compare what nobody mistyped", () => {
    expect(hint("e".repeat(100_000), ["generate"])).toBe("");
  });
});
