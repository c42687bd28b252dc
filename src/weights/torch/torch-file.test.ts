import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memoryFiles } from "../../../tests/support/memory-files.ts";
import {
  Call,
  Global,
  Raw,
  storageBytes,
  tensorValue,
  torchLegacy,
  torchZip,
  type Value,
  type View,
} from "../../../tests/support/torch-files.ts";
import { readContents } from "../contents.ts";
import type { StoredDType } from "../stored.ts";
import { Weights } from "../weights.ts";

const open = (bytes: Uint8Array) => Weights.open(memoryFiles({ "f/m": bytes }), "f", ["m"]);
const contents = async (bytes: Uint8Array) => readContents(await memoryFiles({ m: bytes }).open("m"));

const bytesOf = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, i) => (i * 7) % 251);

/** The elements of a view, row by row. */
function elementsOf(data: Uint8Array, { dtype, offset = 0, shape, strides }: View): Uint8Array {
  const size = storageBytes(dtype, 1);
  let starts = [offset];
  for (const [axis, length] of shape.entries())
    starts = starts.flatMap((start) => Array.from({ length }, (_, i) => start + i * strides[axis]!));
  return Uint8Array.from(starts.flatMap((start) => [...data.subarray(start * size, (start + 1) * size)]));
}

/** Views that fit into storages of 60 elements, no element twice. */
const views = fc
  .record({
    dtype: fc.constantFrom<StoredDType>("F32", "F16", "BF16", "F64", "I64", "I32", "U8"),
    lengths: fc.array(fc.nat(4), { maxLength: 3 }),
    order: fc.nat(5),
    step: fc.integer({ min: 1, max: 2 }),
    offset: fc.nat(3),
  })
  .filter(({ lengths, step }) => lengths.reduce((a, b) => a * b, step) <= 57)
  .map(({ dtype, lengths, order, step, offset }): Omit<View, "key"> => {
    const axes = lengths.map((_, axis) => axis).sort((a, b) => ((a + order) % 3) - ((b + order) % 3));
    const strides: number[] = [];
    let stride = step;
    for (const axis of axes) {
      strides[axis] = stride;
      stride *= Math.max(1, lengths[axis]!);
    }
    return { dtype, elements: 60, offset, shape: lengths, strides };
  });

describe.each(["zip", "legacy"])("a %s file", (format) => {
  it("has the tensors that were written into it", () =>
    fc.assert(
      fc.asyncProperty(fc.array(views, { maxLength: 5 }), async (list) => {
        const all = list.map((view, i) => ({ ...view, key: String(i) }));
        const data = Object.fromEntries(all.map(({ key, dtype }) => [key, bytesOf(storageBytes(dtype, 60))]));
        const state = new Map<Value, Value>(
          all.map((view) => [`t.${view.key}`, tensorValue(view, format === "legacy")]),
        );
        const counted = Object.entries(data).map(([key, d]) => [key, { elements: 60, data: d }] as const);
        const file = format === "zip" ? torchZip(state, data) : torchLegacy(state, Object.fromEntries(counted));
        const weights = await open(file);
        expect([...weights.keys()]).toEqual(all.map(({ key }) => `t.${key}`));
        for (const view of all) {
          expect(weights.find(`t.${view.key}`)).toMatchObject({ dtype: view.dtype, shape: view.shape });
          expect([...(await weights.bytes(`t.${view.key}`))]).toEqual([...elementsOf(data[view.key]!, view)]);
        }
      }),
      { numRuns: 150 },
    ));
});

const one: View = { dtype: "F32", key: "0", elements: 4, shape: [4], strides: [1] };
const storage = { "0": bytesOf(16) };

it("has the state of a training program, and of nothing else its tensors", async () => {
  const file = torchZip(
    new Map<Value, Value>([
      ["epoch", 3],
      ["state_dict", new Map([["w", tensorValue(one)]])],
      ["optimizer", new Map([["w", tensorValue(one)]])],
      [new Global("pytorch_lightning.callbacks.model_checkpoint ModelCheckpoint"), new Map([["best", 1.5]])],
      ["config", new Call("omegaconf.dictconfig DictConfig", [], new Map([["_content", "x"]]))],
    ]),
    storage,
  );
  const { tensors, metadata, format } = await contents(file);
  expect([[...tensors.keys()], metadata, format]).toEqual([["w"], { epoch: "3" }, "PyTorch"]);
});

it("is of a compiled model: its attributes are walked", async () => {
  const part = (state: Map<Value, Value>): Call => new Call("__torch__.torch.nn.___torch_mangle_3 Linear", [], state);
  const list = new Call("torch.jit._pickle build_intlist", [[1, 2]]);
  const root = new Map<Value, Value>([
    ["training", false],
    ["sizes", list],
    ["visual", part(new Map([["conv1", part(new Map([["weight", tensorValue(one)]]))]]))],
  ]);
  const { tensors, format } = await contents(torchZip(new Call("__torch__.clip.model CLIP", [], root), storage));
  expect([[...tensors.keys()], format]).toEqual([["visual.conv1.weight"], "TorchScript"]);
});

/** The message that a file is refused with. */
async function refusal(value: Value, storages: Readonly<Record<string, Uint8Array>> = storage): Promise<string> {
  const error = (await contents(torchZip(value, storages)).catch((e: Error) => e)) as Error;
  expect(error).toMatchObject({ name: "UserError" });
  expect(error.message).not.toContain("\n");
  return error.message.replace("m cannot be read as a PyTorch file: ", "");
}

describe("refuses by name", () => {
  it.each([
    ["os.system", new Call("os system", ["true"])],
    ["posix.system", new Global("posix system")],
    ["builtins.eval", new Call("builtins eval", ["1"])],
    ["__builtin__.getattr", new Call("__builtin__ getattr", ["a", "b"])],
    ["subprocess.Popen", new Call("subprocess Popen", [["true"]], null, true)],
    ["torch.load", new Call("torch load", ["m"])],
    ["numpy.load", new Call("numpy load", ["m"])],
    ["functools.partial", new Global("functools partial")],
    ["os.path.Dangerous", new Global("os.path Dangerous")],
    ["torch._utils._rebuild_qtensor", new Call("torch._utils _rebuild_qtensor", [])],
  ])("%s", async (name, value) => {
    const message = `it asks for ${name}, which is refused; nothing in it was run`;
    expect(await refusal(new Map([["x", value]]))).toBe(message);
  });

  it.each([
    ["INST", new Raw("(ios\nsystem\n")],
    ["OBJ", new Raw("(No")],
    ["STACK_GLOBAL", new Raw(0x93)],
    ["EXT1", new Raw(0x82, 1)],
    ["NEWOBJ_EX", new Raw(0x92)],
    ["POP", new Raw("N0")],
    ["DUP", new Raw("N2")],
    ["0xff", new Raw(0xff)],
  ])("the operation %s", async (name, value) => {
    expect(await refusal(value)).toMatch(new RegExp(`it has the operation ${name} at byte \\d+, which is refused`));
  });
});

describe("refuses", () => {
  const cyclic = new Raw("}q\0", "X\x01\0\0\0a", "h\0", "s");
  /** Each holds the one before it twice: 2^40 ways to the innermost. */
  const doubled = new Raw("}q\0", ...Array.from({ length: 40 }, () => "}(X\x01\0\0\0ah\0X\x01\0\0\0bh\0uq\0"));
  const view = (changes: object): Map<Value, Value> => new Map([["w", tensorValue({ ...one, ...changes })]]);
  const reference = new Global("collections OrderedDict");

  it.each<[string, Value, string]>([
    ["cycles", cyclic, "its dictionaries are nested in themselves or without end"],
    ["expansion without end", doubled, "its dictionaries are nested in themselves or without end"],
    [
      "more lists than bytes",
      new Raw("(", "]".repeat(100_000), "t"),
      "it consists of more lists and dictionaries than",
    ],
    ["a tensor beyond its storage", view({ shape: [5] }), 'tensor "w" is [5] from 0 on, more than its storage has'],
    ["an offset beyond it", view({ offset: 1 }), 'tensor "w" is [4] from 1 on'],
    ["repeated elements", view({ shape: [1e6, 4], strides: [0, 1] }), 'tensor "w" is [1000000,4] from 0 on'],
    ["absurd lengths", view({ shape: [2 ** 52, 2 ** 52], strides: [1, 1] }), 'tensor "w" is [4503599627370496,'],
    ["negative lengths", view({ shape: [-1] }), 'tensor "w" has a shape, strides or an offset that make no sense'],
    ["a storage that is not there", view({ key: "9" }), 'it has no storage "9"'],
    ["a storage too small", view({ elements: 5 }), 'its storage "0" has 16 bytes of 20'],
    ["paths that leave", view({ key: "../../x" }), 'it has no storage "../../x"'],
    [
      "a tensor of nothing",
      new Call("torch._utils _rebuild_tensor_v2", [1]),
      "it makes a tensor of what is not a stor",
    ],
    ["a call of what is no name", new Raw("N)R"), "it calls what is not a name"],
    [
      "a call within calls",
      new Call("torch._tensor _rebuild_from_type_v2", [reference, null, []]),
      "it makes a tensor by",
    ],
    ["a value not made", new Raw("h\x09"), "it refers to the value 9, which it did not make"],
    ["too few values", new Raw("a"), "it takes more values than it made"],
    ["a mark not set", new Raw("t"), "it needs a mark that it did not set"],
    ["half an item", new Raw("}(Nu"), "it has a key without a value"],
    ["text that is none", new Raw("X\x01\0\0\0\xff"), "its text at byte 7 is not UTF-8"],
    ["a list made to a tuple", new Raw("N\x85Na"), "it appends to what is not a list"],
  ])("%s", async (_, value, message) => {
    expect(await refusal(value)).toContain(message);
  });

  it("files that are something else, or cut off", async () => {
    const state = new Map([["w", tensorValue(one, true)]]);
    const legacy = torchLegacy(state, { "0": { elements: 4, data: bytesOf(16) } });
    await expect(contents(legacy.slice(0, 40))).rejects.toThrow("m cannot be read as a PyTorch file: it is cut off");
    await expect(contents(legacy.slice(0, -1))).rejects.toThrow("it is cut off");
    await expect(contents(torchLegacy(state))).rejects.toThrow('it has no storage "0"');
    const other = torchLegacy(state, { "0": { elements: 3, data: bytesOf(16) } });
    await expect(contents(other)).rejects.toThrow("has another size than its pickle says");
    await expect(contents(Uint8Array.of(0x80, 2, 0x4e, 0x2e))).rejects.toThrow(
      "it is a pickle, but not one of PyTorch's",
    );
    await expect(contents(torchZip(null, {}, "a/b"))).rejects.toThrow("not one with a data.pkl in its folder");
  });
});
