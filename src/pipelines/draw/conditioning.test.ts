import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectClose } from "../../../tests/support/golden.ts";
import { writeRandomModel } from "../../../tests/support/tiny-model.ts";
import { gaussian, type Latents, rows } from "../../diffusion/index.ts";
import { nodeHost } from "../../host/node.ts";
import { ndarray } from "../../runtime/ndarray.ts";
import { DiffusionModel } from "../model/diffusion-model.ts";
import { conditioned } from "./conditioning.ts";
import { guided, type Texts } from "./guided.ts";

let folder: string;
let model: DiffusionModel;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "latentkit-"));
  await writeRandomModel(folder);
  model = await DiffusionModel.open(nodeHost(), folder);
});
afterAll(async () => {
  await model.close();
  rmSync(folder, { recursive: true });
});

const told = (prompt: string, negative = ""): Promise<Texts> =>
  conditioned(model, { prompt, negative, steps: 10, skip: 0 })();
const alone = async (text: string): Promise<Latents> => model.encodeIds((await model.tokenizer()).tokenize(text).ids);

describe("what the denoiser is told", () => {
  it("is the text as it stands where it is a plain one", async () => {
    const texts = await told("a bear, at 10 o'clock", "red");
    expect(texts).toEqual({ prompt: await alone("a bear, at 10 o'clock"), negative: await alone("red"), weights: [1] });
  });

  it("has chunks for a long text, and empty ones for the shorter", async () => {
    const text = `${"bear ".repeat(30)}and an apple`;
    const halves = [await alone("bear ".repeat(30)), await alone("and an apple")];
    const long = halves.flatMap(({ data }) => [...data]);
    const { prompt, negative } = await told(text);
    expect([prompt.shape, [...prompt.data]]).toEqual([[1, 64, 16], long]);
    expect(negative.data.slice(0, 512)).toEqual(negative.data.slice(512));
    const swapped = await told("red", text);
    expect([...swapped.negative.data]).toEqual(long);
    expect(swapped.prompt.data.slice(512)).toEqual((await alone("")).data);
  });

  it("weighs hidden states and restores their mean", async () => {
    const [plain, weighed] = [(await told("a bear")).prompt, (await told("a (bear:1.5)")).prompt];
    const mean = ({ data }: Latents) => data.reduce((sum, value) => sum + value, 0) / data.length;
    expect(mean(weighed)).toBeCloseTo(mean(plain), 6);
    const ratio = weighed.data[0]! / plain.data[0]!;
    // Start, `a`, `bear`.
    const wanted = plain.data.map((value, i) => value * ratio * (i >= 32 && i < 48 ? 1.5 : 1));
    expect(ratio).not.toBe(1);
    expectClose(weighed, ndarray(wanted, plain.shape), { atol: 1e-5 });
  });

  it.each<[string, string, number, number, string]>([
    ["a [bear:apple:3]", "dpmpp-2m", 10, 0, "bbbaaaaaaa"],
    ["a [bear:apple:0.5]", "euler", 10, 0, "bbbbbaaaaa"],
    ["a [bear|apple]", "ddim", 6, 0, "bababa"],
    ["a [bear:apple:0.5]", "heun", 4, 0, "bbbbaaa"],
    ["a [bear:apple:0.5]", "euler", 10, 4, "baaaaa"],
  ])("changes: %s with %s in %d steps, %d left out", async (prompt, sampler, steps, start, letters) => {
    const { sampler: of, schedule, plan } = model.scheduler(sampler);
    const [bear, apple] = [await alone("a bear"), await alone("a apple")];
    const texts = conditioned(model, { prompt, negative: "", steps, skip: 0 });
    let found = "";
    for (const stage of of.plan(schedule, { ...plan, steps, start }).stages) {
      const { data } = (await texts(stage)).prompt;
      const is = (other: Latents) => data.every((value, i) => value === other.data[i]);
      found += is(bear) ? "b" : is(apple) ? "a" : "?";
    }
    expect(found).toBe(letters);
  });
});

describe("guidance", () => {
  const x = gaussian([1], 0, [4, 2, 2]);
  /** Says each text's first number everywhere; notes how many it was asked. */
  const asked: number[] = [];
  const denoiser = {
    async denoise(latents: Latents, _: number, text: Latents): Promise<Latents> {
      asked.push(latents.shape[0]!);
      const size = latents.data.length / latents.shape[0]!;
      const firsts = rows(text).map(({ data }) => data[0]!);
      return ndarray(
        latents.data.map((_, i) => firsts[Math.floor(i / size)]!),
        latents.shape,
      );
    },
  };
  const said = async (prompt: string, guidance: number): Promise<number> => {
    asked.length = 0;
    const { schedule } = model.scheduler();
    const settings = { ...model.scheduler(), prediction: "sample" as const };
    const denoise = guided(denoiser, settings, await told(prompt, "red"), guidance);
    return (await denoise(x, schedule.at(500))).denoised.data[0]!;
  };
  const first = async (text: string): Promise<number> => (await alone(text)).data[0]!;

  it("adds what each prompt of AND pulls away from the negative one, in one batch", async () => {
    // The first number of a state is the start's, which no text changes: weights do, by the mean they restore.
    const [bear, red] = [(await told("(bear:1.5)")).prompt.data[0]!, await first("red")];
    expect(await said("(bear:1.5):2 AND (bear:1.5):-0.5 AND a", 3)).toBeCloseTo(red + 3 * (2 - 0.5) * (bear - red), 4);
    expect(asked).toEqual([4]);
  });

  it("asks what has a say only", async () => {
    await said("bear", 7);
    expect(asked).toEqual([2]);
    await said("bear", 1);
    expect(asked).toEqual([1]);
    await said("bear", 0);
    expect(asked).toEqual([1]);
    await said("bear AND red:0", 7);
    expect(asked).toEqual([2]);
    await said("bear:0.25 AND red:0.25", 2);
    expect(asked).toEqual([2]);
  });

  it("is one prompt where its halves are joined", async () => {
    const half = await said("(bear:1.5):0.5 AND (bear:1.5):0.5", 5);
    expect(half).toBeCloseTo(await said("(bear:1.5)", 5), 5);
  });
});
