import { conv2d, input } from "../../graph/index.ts";
import type { Host } from "../../runtime/host.ts";
import type { Cost } from "./cost.ts";
import { type Case, openCase, type Runner, weight } from "./runner.ts";

/** What this machine can do at best. */
export interface Peaks {
  /** Operations a second. */
  readonly products: number;
  readonly convolutions: number;
  /** Bytes a second. */
  readonly bytes: number;
}

const square = 1024;
const [channels, edge] = [320, 64];
const numbers = 2 ** 21;

const cases: Readonly<Record<keyof Peaks, Case>> = {
  products: {
    name: "matmul 1024³",
    outputs: { y: input("a", "f32", [square, square]).matmul(input("b", "f32", [square, square])) },
  },
  convolutions: {
    name: "conv 3×3 320→320, 64×64",
    outputs: {
      y: conv2d(input("x", "f32", [1, channels, edge, edge]), weight([channels, channels, 3, 3]), undefined, {
        padding: 1,
      }),
    },
  },
  bytes: { name: "x + 1 of 8 MiB", outputs: { y: input("x", "f32", [numbers]).add(1) } },
};

/** Three cases whose speed everything else is compared with. */
export class Floor {
  readonly #runners: Readonly<Record<keyof Peaks, Runner>>;

  private constructor(runners: Readonly<Record<keyof Peaks, Runner>>) {
    this.#runners = runners;
  }

  static async open(host: Host, threads?: number): Promise<Floor> {
    const [products, convolutions, bytes] = await Promise.all([
      openCase(host, cases.products, threads),
      openCase(host, cases.convolutions, threads),
      openCase(host, cases.bytes, threads),
    ]);
    return new Floor({ products, convolutions, bytes });
  }

  /** Measures each `tries` times and takes the best. */
  async measure(tries = 3): Promise<Peaks> {
    const { products, convolutions, bytes } = this.#runners;
    return {
      products: products.cost.products / (await best(products, tries)),
      convolutions: convolutions.cost.convolutions / (await best(convolutions, tries)),
      bytes: bytes.cost.bytes / (await best(bytes, tries)),
    };
  }

  async close(): Promise<void> {
    for (const runner of Object.values(this.#runners)) await runner.close();
  }
}

/** The better of both, each by itself. */
export const better = (a: Peaks, b: Peaks): Peaks => ({
  products: Math.max(a.products, b.products),
  convolutions: Math.max(a.convolutions, b.convolutions),
  bytes: Math.max(a.bytes, b.bytes),
});

async function best(runner: Runner, tries: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < tries; i++) times.push(await runner.time());
  return Math.min(...times);
}

/** Seconds that a cost takes at best: the arithmetic where there are products, moving the data where there are none. */
export const floorOf = (cost: Cost, peaks: Peaks): number =>
  cost.products + cost.convolutions > 0
    ? cost.products / peaks.products + cost.convolutions / peaks.convolutions
    : cost.bytes / peaks.bytes;
