import { describe, expect, it } from "vitest";
import { memoryFiles } from "../../tests/support/memory-files.ts";
import { Call, tensorValue, torchZip, type Value } from "../../tests/support/torch-files.ts";
import { ndarray } from "../runtime/ndarray.ts";
import { toStore, writeSafetensors } from "./safetensors.ts";
import { readLearnedWords } from "./textual-inversion.ts";

const two = tensorValue({ dtype: "F32", key: "0", elements: 6, shape: [2, 3], strides: [3, 1] });
const numbers = Float32Array.of(1, 2, 3, 4, 5, 6);
const storage = { "0": new Uint8Array(numbers.buffer) };

async function words(file: string, content: Value | Readonly<Record<string, readonly number[]>>, word?: string) {
  const host = memoryFiles();
  if (file.endsWith(".safetensors")) {
    const tensors = Object.entries(content as Readonly<Record<string, readonly number[]>>);
    const stored = tensors.map(([name, shape]) => {
      const size = shape.reduce((product, length) => product * length, 1);
      return [name, toStore(ndarray(numbers.slice(0, size), shape))] as const;
    });
    await writeSafetensors(host, `e/${file}`, new Map(stored));
  } else host.files.set(`e/${file}`, torchZip(content as Value, storage));
  const found = await readLearnedWords(host, `e/${file}`, 3, word);
  return found.map(({ word: name, vectors }) => [name, ...vectors]);
}

const webUi = (parameters: Value): Value =>
  new Map<Value, Value>([
    ["string_to_token", new Map([["*", 265]])],
    ["string_to_param", parameters],
    ["name", "of-the-training"],
    ["step", 100],
  ]);
const parameterDict = (parameters: Value): Value =>
  new Call("torch.nn.modules.container ParameterDict", [], new Map([["_parameters", parameters]]));

describe("learned words", () => {
  it.each<[string, Value | Readonly<Record<string, readonly number[]>>, string | undefined, unknown[]]>([
    ["learned_embeds.safetensors", { "<toy>": [3] }, undefined, [["<toy>", 1, 2, 3]]],
    ["learned_embeds.safetensors", { "<toy>": [2, 3] }, "bear", [["bear", 1, 2, 3, 4, 5, 6]]],
    [
      "learned_embeds.safetensors",
      { "<a>": [3], "<b>": [1, 3] },
      undefined,
      [
        ["<a>", 1, 2, 3],
        ["<b>", 1, 2, 3],
      ],
    ],
    ["learned_embeds.bin", new Map([["<toy>", two]]), undefined, [["<toy>", 1, 2, 3, 4, 5, 6]]],
    ["bad-hands.v2.pt", webUi(new Map([["*", two]])), undefined, [["bad-hands.v2", 1, 2, 3, 4, 5, 6]]],
    ["first.pt", webUi(parameterDict(new Map([["*", two]]))), undefined, [["first", 1, 2, 3, 4, 5, 6]]],
    ["style.safetensors", { emb_params: [2, 3] }, undefined, [["style", 1, 2, 3, 4, 5, 6]]],
    ["bare.pt", two, undefined, [["bare", 1, 2, 3, 4, 5, 6]]],
    ["bare.pt", two, "bear", [["bear", 1, 2, 3, 4, 5, 6]]],
  ])("are read from %s", async (file, content, word, wanted) => {
    expect(await words(file, content, word)).toEqual(wanted);
  });

  it.each<[Readonly<Record<string, readonly number[]>>, string | undefined, string]>([
    [{}, undefined, "e/x.safetensors holds no embedding"],
    [{ "<toy>": [2] }, undefined, "has vectors of width 2, but the text encoder's are 3 wide: it is of another model"],
    [{ "<toy>": [1, 1, 3] }, undefined, "<toy> [1,1,3] is no embedding"],
    [{ "<toy>": [] }, undefined, "<toy> [] is no embedding"],
    [{ "<toy>": [0, 3] }, undefined, "<toy> [0,3] is no embedding"],
    [{ a: [3], b: [3] }, "bear", "e/x.safetensors holds 2 embeddings, which cannot all be called bear"],
  ])("refuses %o", async (content, word, message) => {
    await expect(words("x.safetensors", content, word)).rejects.toThrow(message);
  });
});
