import { describe, expect, it } from "vitest";
import { testHost } from "../../tests/support/test-host.ts";
import { NoiseSchedule, STABLE_DIFFUSION } from "../diffusion/index.ts";
import { constant, grad, input, type Tensor } from "../graph/index.ts";
import { normal } from "../random/philox.ts";
import { compile } from "../runtime/compile.ts";
import { ndarray } from "../runtime/ndarray.ts";
import * as losses from "./losses.ts";

/** Values of scalar tensors that rest on constants and on the given inputs. */
async function evaluate<T extends Record<string, Tensor>>(
  outputs: T,
  inputs: Record<string, ReturnType<typeof ndarray>> = {},
): Promise<{ [K in keyof T]: number[] }> {
  const graph = await compile({ host: testHost(), outputs });
  const found = await graph.run(inputs);
  await graph.close();
  return Object.fromEntries(
    Object.keys(outputs).map((name) => [name, Array.from(found[name]!.data as Float32Array)]),
  ) as { [K in keyof T]: number[] };
}

const row = (...values: number[]): Tensor => constant(values, [values.length]);

describe("losses", () => {
  it("have the values that a hand computes", async () => {
    const x = constant([0, 1, 2, 4, 0, 0, 1, 3, 5], [1, 1, 3, 3]);
    const flat = constant(Array(9).fill(0), [1, 1, 3, 3]);
    const image = constant([3, 4, 0, 2], [2, 2]); // unit: (0.6, 0.8), (0, 1)
    const text = constant([1, 0, 0, 5], [2, 2]); // unit: (1, 0), (0, 1)
    const clip = losses.contrastive(image, text, constant([Math.log(2)], []));
    const perceptual = losses.perceptual(
      [constant([3, 4], [1, 2, 1, 1]), constant([2, 2], [1, 1, 1, 2])],
      [constant([4, 3], [1, 2, 1, 1]), constant([1, -1], [1, 1, 1, 2])],
    );
    const found = await evaluate({
      mse: losses.mse(row(1, 2), row(3, -1)),
      l1: losses.l1(row(1, 2), row(3, -1)),
      // along rows 1 1 4 0 2 2, down columns 4 1 2 3 3 5
      gradient: losses.gradientDifference(x, flat),
      clip: clip.loss,
      accuracy: clip.accuracy,
      kl: losses.kl(constant([1, 0, 2, 0], [2, 2]), constant([0, Math.log(4), 0, 0], [2, 2])),
      real: losses.hingeDiscriminator(row(0.5, 2), row(-3, 0)),
      made: losses.hingeGenerator(row(1, -4)),
      adaptive: losses.adaptiveWeight(row(3, 4), row(0.6, 0.8)),
      bounded: losses.adaptiveWeight(row(3e8, 4e8), row(0, 0)),
      perceptual,
    });
    const logits = [
      [1.2, 1.6],
      [0, 2],
    ] as const;
    const crossEntropy = (own: number, other: number) => Math.log(Math.exp(own) + Math.exp(other)) - own;
    const rows = crossEntropy(logits[0][0], logits[0][1]) + crossEntropy(logits[1][1], logits[1][0]);
    const columns = crossEntropy(logits[0][0], logits[1][0]) + crossEntropy(logits[1][1], logits[0][1]);
    expect(found.mse[0]).toBeCloseTo(6.5, 6);
    expect(found.l1[0]).toBeCloseTo(2.5, 6);
    expect(found.gradient[0]).toBeCloseTo(10 / 6 + 18 / 6, 5);
    expect(found.clip[0]).toBeCloseTo((rows + columns) / 4, 6);
    expect(found.accuracy[0]).toBe(0.5); // the first picture is nearer to the second text
    expect(found.kl[0]).toBeCloseTo((1 + (3 - Math.log(4)) + 4) / 4, 6);
    expect(found.real[0]).toBeCloseTo((0.25 + 0.5) / 2, 6);
    expect(found.made[0]).toBeCloseTo(1.5, 6);
    expect(found.adaptive[0]).toBeCloseTo(5 / 1.0001, 4);
    expect(found.bounded[0]).toBe(1e4);
    // (0.6, 0.8) against (0.8, 0.6); then 1 against 1 and 1 against −1, the mean over two places
    expect(found.perceptual[0]).toBeCloseTo(0.08 + 2, 5);
  });

  it("have the gradients that differences tell", async () => {
    const features = (x: Tensor): Tensor[] => [x.reshape([2, 2, 2, 2]), x.sin().reshape([2, 4, 1, 2])];
    const at = normal(3, 0, 16);
    const y = constant(normal(3, 1, 16), [2, 8]);
    const all = (x: Tensor): Tensor => {
      const pictures = (t: Tensor) => t.reshape([2, 2, 2, 2]);
      const scale = x.mean();
      return [
        losses.contrastive(x, y, scale).loss,
        losses.gradientDifference(pictures(x), pictures(y)),
        losses.kl(x, x.mul(y)),
        losses.hingeDiscriminator(x, x.square()),
        losses.perceptual(features(x), features(y)),
        losses.through(x, y.square()),
      ].reduce((a, b) => a.add(b));
    };
    const x = input("x", "f32", [2, 8]);
    const loss = all(x);
    const graph = await compile({ host: testHost(), outputs: { loss, slope: grad(loss, [x])[0]! } });
    const run = async (values: Float32Array) => graph.run({ x: ndarray(values, [2, 8]) });
    const { slope } = await run(at);
    for (let i = 0; i < at.length; i++) {
      const moved = async (by: number): Promise<number> => {
        const { loss: value } = await run(at.map((v, k) => (k === i ? v + by : v)));
        return Number(value!.data[0]);
      };
      const measured = ((await moved(2 ** -8)) - (await moved(-(2 ** -8)))) / 2 ** -7;
      expect(Number(slope!.data[i])).toBeCloseTo(measured, 2);
    }
    await graph.close();
  });

  it("weigh noise levels by min-SNR", () => {
    const schedule = new NoiseSchedule(STABLE_DIFFUSION);
    const level = { timestep: 0, alpha: Math.sqrt(0.9), sigma: Math.sqrt(0.1) }; // SNR 9
    expect(losses.minSnrWeight(level, "epsilon", 5)).toBeCloseTo(5 / 9, 12);
    expect(losses.minSnrWeight(level, "v_prediction", 5)).toBeCloseTo(0.5, 12);
    expect(losses.minSnrWeight(schedule.at(999), "epsilon", 5)).toBe(1);
  });
});
