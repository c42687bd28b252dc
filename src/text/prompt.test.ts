import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loraTags } from "./lora-tags.ts";
import { parsePrompt, parseWhole, promptAt, type Span } from "./prompt.ts";

/** Texts with their weights where these are not 1, BREAK as null. */
const said = (spans: readonly (readonly Span[])[]): unknown[] =>
  spans.flatMap((section, i) => [
    ...(i > 0 ? [null] : []),
    ...section.map(({ text, weight }) => (weight === 1 ? text : [text, Number(weight.toFixed(6))])),
  ]);
const at = (prompt: string, step = 0, steps = 10): unknown[] => said(promptAt(parseWhole(prompt), step, steps));
const texts = (prompt: string, step: number): string =>
  at(prompt, step)
    .map((span) => (typeof span === "string" ? span : (span as [string, number])[0]))
    .join("");

describe("weights", () => {
  it.each<[string, unknown[]]>([
    ["a bear", ["a bear"]],
    ["", []],
    ["an (important) word", ["an ", ["important", 1.1], " word"]],
    ["(a:1.2) (b: .5 )", [["a", 1.2], " ", ["b", 0.5]]],
    ["((a)) [[b]]", [["a", 1.21], " ", ["b", 0.826446]]],
    ["(unnecessary)(parens)", [["unnecessaryparens", 1.1]]],
    ["a (((house:1.3)) [on] (hill:0.5)", ["a ", ["house", 1.573], [" ", 1.1], "on", [" ", 1.1], ["hill", 0.55]]],
    ["(open", [["open", 1.1]]],
    ["[open:a|b", [["open:a|b", 0.909091]]],
    ["closed) and ]", ["closed) and ]"]],
    ["\\(a\\) \\[b\\] \\\\ \\: \\|", ["(a) [b] \\ : |"]],
    ["C:\\temp at 10:30, a|b", ["C:\\temp at 10:30, a|b"]],
    ["(a:b) (a:b:2) :2)", [["a:b", 1.1], " ", ["a:b", 2], " :2)"]],
    ["(a:-1)", [["a", -1]]],
  ])("%s", (prompt, spans) => {
    expect(at(prompt)).toEqual(spans);
  });
});

describe("changes over the steps", () => {
  it.each<[string, ...string[]]>([
    ["a [b:3]", "a ", "a ", "a ", "a b"],
    ["a [b:0.3]", "a ", "a ", "a ", "a b"],
    ["[a::2]", "a", "a", "", ""],
    ["[a:b:1.0]", "a", "a", "a", "a"],
    ["[a:b:0]", "b", "b"],
    ["[a:b:-5]", "b", "b"],
    ["[a: b : 1 ]", "a", " b "],
    ["a[b:[c:d:2]:1]e", "abe", "ace", "ade"],
    ["[(a:2):1]", "", "a"],
    ["[a|b|]", "a", "b", "", "a"],
    ["[fe|]male", "female", "male", "female"],
    ["((a][:b:c [d:1]", "a]:b:c ", "a]:b:c d"],
    ["[a:b:c:1]", "a:b:c:1", "a:b:c:1"],
    ["[a|b:1]", "a|b:1", "a|b:1"],
    ["[a:b]", "a:b"],
  ])("%s", (prompt, ...steps) => {
    expect(steps.map((_, step) => texts(prompt, step))).toEqual(steps);
  });

  it("counts shares in any number of steps, and steps with evaluations between them", () => {
    expect([4, 5, 9, 9.5, 10].map((step) => at("[a:b:0.5]", step, 20))).toEqual([["a"], ["a"], ["a"], ["a"], ["b"]]);
    expect([0, 0.5, 1, 1.5].map((step) => at("[a|b]", step))).toEqual([["a"], ["a"], ["b"], ["b"]]);
  });

  it("keeps weights inside and outside", () => {
    expect(at("(x [a:(b:1.2):1]:2)", 0)).toEqual([["x a", 2]]);
    expect(at("(x [a:(b:1.2):1]:2)", 1)).toEqual([
      ["x ", 2],
      ["b", 2.4],
    ]);
  });
});

it("parts sections at BREAK, whatever it stands in", () => {
  expect(at("a BREAK b")).toEqual(["a ", null, " b"]);
  expect(at("(a BREAK b:2)BREAK")).toEqual([["a ", 2], null, [" b", 2], null]);
  expect(at("BREAKFAST")).toEqual(["BREAKFAST"]);
});

it("joins prompts with AND, each with a weight", () => {
  const parts = (prompt: string) => parsePrompt(prompt).map((p) => [p.weight, said(promptAt(p, 0, 1))]);
  expect(parts("a bear AND (b):1.5 AND c : -.5\n")).toEqual([
    [1, ["a bear "]],
    [1.5, [" ", ["b", 1.1]]],
    [-0.5, [" c "]],
  ]);
  expect(parts("at 10:30")).toEqual([[1, ["at 10:30"]]]);
  expect(parts("ANDROID")).toEqual([[1, ["ANDROID"]]]);
  expect(at("a AND b")).toEqual(["a AND b"]);
});

it("names LoRAs beside its text", () => {
  const prompt = "a bear <lora:style> AND <lora:more: .5 >(b:1.2)<lora:x:1:0.3>";
  expect(loraTags(prompt)).toEqual([{ name: "style" }, { name: "more", scale: " .5 " }, { name: "x", scale: "1" }]);
  expect(parsePrompt("<lora:style:0.5>a bear").map((p) => said(promptAt(p, 0, 1)))).toEqual([["a bear"]]);
  expect(at("red<lora:style>")).toEqual(["red"]);
});

describe("any text", () => {
  const signs = fc.array(fc.constantFrom(..."()[]:|\\ a1.", "BREAK", "AND", ":1.2)", ":0.5]"), { maxLength: 60 });

  it("is a prompt", () => {
    const anything = fc.oneof(
      fc.string({ unit: "binary" }),
      signs.map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(anything, fc.nat(20), (text, step) => {
        const spans = parsePrompt(text).flatMap((part) => promptAt(part, step, 20).flat());
        expect(spans.every(({ text: words, weight }) => text.length >= words.length && !Number.isNaN(weight))).toBe(
          true,
        );
      }),
      { numRuns: 300 },
    );
  });

  it("without signs is itself, and with them escaped too", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        fc.pre(!/\b(BREAK|AND)\b/.test(text));
        const plain = text.replaceAll(/[()[\]:|\\]/g, "");
        expect(at(plain)).toEqual(plain === "" ? [] : [plain]);
        expect(at(text.replaceAll(/[()[\]:|\\]/g, "\\$&")).join("")).toBe(text);
      }),
    );
  });

  it.each(["(", "[", "[a:", "[a|", "(a:1.1)", "[a:b:1]", ":", " ", "\\", "BREAK "])(
    "may be %s 10,000 times",
    (sign) => {
      const open = sign.repeat(10_000);
      for (const text of [`${open}a${")".repeat(10_000)}`, `${open}a${":0.5]".repeat(10_000)}`])
        for (const part of parsePrompt(text)) expect(promptAt(part, 3, 20).length).toBeGreaterThan(0);
    },
  );
});
