import { describe, expect, it } from "vitest";
import { testHost } from "../../tests/support/test-host.ts";
import { NoiseSchedule, STABLE_DIFFUSION } from "../diffusion/index.ts";
import { grad, input } from "../graph/index.ts";
import { ClipText, parseClipTextConfig } from "../models/clip/index.ts";
import { parameter, zeros } from "../nn/index.ts";
import { normal } from "../random/philox.ts";
import { compile } from "../runtime/compile.ts";
import { ints, ndarray } from "../runtime/ndarray.ts";
import { consistency, type Says } from "./consistency.ts";
import { initialWeights } from "./init.ts";

const text = new ClipText(
  parseClipTextConfig({
    hidden_size: 4,
    intermediate_size: 4,
    num_attention_heads: 1,
    num_hidden_layers: 1,
    vocab_size: 3,
    max_position_embeddings: 2,
    eos_token_id: 2,
  }),
);
const weights = initialWeights(text.parameters, 1);
const tokenize = (captions: readonly string[]) =>
  ints(
    captions.flatMap((caption) => (caption === "" ? [2, 2] : [0, 2])),
    [captions.length, 2],
  );

const schedule = new NoiseSchedule(STABLE_DIFFUSION);
const [batch, guidance, skip, teacherSteps, scale] = [2, 3, 40, 2, 0.5];
const shape = [1, 1, 2];

/** The teacher says 0.3 x plus the mean of the text's hidden states, the student w x. */
const share = parameter([], zeros);
share.name = "share";
const teacher: Says = (x, _, hidden) =>
  x.mul(0.3).add(
    hidden
      .slice(2, 0, 1)
      .mean([1, 2])
      .reshape([hidden.dim(0), 1, 1, 1]),
  );
const student: Says = (x) => x.mul(share);

const encoded = {
  mean: ndarray(normal(1, 0, 4), [batch, ...shape]),
  logvar: ndarray(normal(1, 1, 4), [batch, ...shape]),
  ids: tokenize(["a", "a"]),
};

/** f(x, t) = skip(t) x + out(t) x₀, with x₀ of what is said, written out. */
function read(prediction: string, said: number, x: number, t: number) {
  const { alpha, sigma } = schedule.at(t);
  const denoised = prediction === "epsilon" ? (x - sigma * said) / alpha : alpha * x - sigma * said;
  const noise = prediction === "epsilon" ? said : sigma * x + alpha * said;
  const scaled = 10 * t;
  const seen = (0.25 / (scaled ** 2 + 0.25)) * x + (scaled / Math.sqrt(scaled ** 2 + 0.25)) * denoised;
  return { denoised, noise, seen };
}

describe("consistency distillation", () => {
  it.each(["epsilon", "v_prediction"] as const)(
    "has the loss and the gradient that a hand computes: %s",
    async (prediction) => {
      const { objective, feeds } = consistency(
        { seed: 5, guidance, skip, teacherSteps },
        { teacher, student, text, tokenize, prediction },
      );
      const given = feeds(encoded, 3, schedule);
      const { loss } = objective({ batch, shape, scale });
      const source = (key: string) => {
        const array = weights.get(key);
        return array && ({ dtype: "f32", data: array.data } as const);
      };
      const outputs = { loss, slope: grad(loss, [share])[0]! };
      const graph = await compile({ host: testHost(), outputs, weights: source });
      const hidden = await compile({
        host: testHost(),
        outputs: { hidden: text.forward(input("ids", "i64", [2, 2])).hidden },
        weights: source,
      });
      const run = async (share: number) => {
        const found = await graph.run({ ...given, share: ndarray(Float32Array.of(share), []) });
        return { loss: found.loss!.data[0] as number, slope: found.slope!.data[0] as number };
      };
      const states = (await hidden.run({ ids: ints([2, 2, 0, 2], [2, 2]) })).hidden!.data as Float32Array;
      const [untold, told] = [(states[0]! + states[4]!) / 2, (states[8]! + states[12]!) / 2];

      const timesteps = Array.from(given.timesteps!.data, Number);
      const numbers = (name: string) => given[name]!.data as Float32Array;
      const byHand = (own: number, targets: number): number => {
        let sum = 0;
        for (let i = 0; i < 4; i++) {
          const t = timesteps[Math.floor(i / 2)]!;
          const { alpha, sigma } = schedule.at(t);
          const clean =
            scale * (numbers("mean")[i]! + Math.exp(numbers("logvar")[i]! / 2) * numbers("posteriorNoise")[i]!);
          const x = alpha * clean + sigma * numbers("noise")[i]!;
          const earlier = Math.max(0, t - skip);
          let [stepped, at] = [x, t];
          for (const next of [Math.round((t + earlier) / 2), earlier]) {
            const { denoised, noise } = read(
              prediction,
              0.3 * stepped + untold + guidance * (told - untold),
              stepped,
              at,
            );
            const level = schedule.at(next);
            stepped = level.alpha * denoised + level.sigma * noise;
            at = next;
          }
          const difference =
            read(prediction, own * x, x, t).seen - read(prediction, targets * stepped, stepped, earlier).seen;
          sum += (Math.sqrt(difference ** 2 + 1e-6) - 1e-3) / 4;
        }
        return sum;
      };
      for (const own of [0, 0.4]) {
        const found = await run(own);
        expect(found.loss).toBeCloseTo(byHand(own, own), 4);
        // The target stays where it is.
        const slope = (byHand(own + 1e-4, own) - byHand(own - 1e-4, own)) / 2e-4;
        expect(found.slope).toBeCloseTo(slope, 2);
      }
      await Promise.all([graph.close(), hidden.close()]);
    },
  );

  it("starts where the solver has been, and steps to the clean end at most", () => {
    const { feeds } = consistency(
      { seed: 5, guidance, skip, teacherSteps },
      { teacher, student, text, tokenize, prediction: "epsilon" },
    );
    const many = { ...encoded, ids: ints(new Array(400).fill(2), [200, 2]) };
    const given = feeds(many, 0, schedule);
    const [here, there] = ["timesteps", "step2.timesteps"].map((name) => Array.from(given[name]!.data, Number));
    expect(new Set(here!.map((t) => (t + 1) % 20))).toEqual(new Set([0]));
    expect([Math.min(...here!), Math.max(...here!)]).toEqual([19, 999]);
    expect(there).toEqual(here!.map((t) => Math.max(0, t - skip)));
  });

  it("refuses to step to where it never starts", () => {
    const pair = { teacher, student, text, tokenize, prediction: "epsilon" } as const;
    expect(() => consistency({ seed: 5, guidance, skip: 50, teacherSteps }, pair)).toThrow(
      '"skip" is 50, but must be a multiple of 20',
    );
  });
});
