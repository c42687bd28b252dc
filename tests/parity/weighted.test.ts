import { expect, it } from "vitest";
import { nodeHost } from "../../src/host/node.ts";
import { conditioned } from "../../src/pipelines/draw/conditioning.ts";
import { DiffusionModel } from "../../src/pipelines/model/diffusion-model.ts";
import { ndarray } from "../../src/runtime/ndarray.ts";
import { parseWhole, promptAt } from "../../src/text/prompt.ts";
import { expectClose, golden, sharedGoldens, tensor } from "../support/golden.ts";

interface Weighted {
  readonly prompt: string;
  readonly parsed: readonly (readonly [text: string, weight: number])[];
  readonly stored: string;
}
const { expected, case: reference } = golden<{ weighted: readonly Weighted[] }>("animation");

it.each(reference.weighted.map(({ prompt, parsed }) => [prompt, parsed] as const))("parses %j", (prompt, parsed) => {
  const spans = promptAt(parseWhole(prompt), 0, 1).flat();
  const wanted = parsed.filter(([text]) => text !== "");
  expect(spans.map(({ text }) => text)).toEqual(wanted.map(([text]) => text));
  expectClose(
    spans.map(({ weight }) => weight),
    wanted.map(([, weight]) => weight),
    { atol: 1e-12 },
  );
});

it.skipIf(!sharedGoldens)("weighs hidden states and reads long prompts as riffusion's pipeline does", async () => {
  const model = await DiffusionModel.open(nodeHost(), `${sharedGoldens}/e2e-sd1/model`);
  for (const [i, { prompt, stored }] of reference.weighted.entries()) {
    const { prompt: states } = await conditioned(model, { prompt, negative: "", steps: 1, skip: 0 })();
    const every = stored === "all" ? 1 : 7;
    const width = states.shape[2]!;
    const data = states.data.filter((_, k) => Math.floor(k / width) % every === 0);
    expectClose(ndarray(data, [1, data.length / width, width]), tensor(expected, `weighted.${i}`), {
      atol: 5e-5,
      rtol: 1e-4,
    });
  }
  await model.close();
});
