import type { Latents } from "../../diffusion/index.ts";
import { input, type Tensor } from "../../graph/index.ts";
import { Autoencoder, ClipText, UNet } from "../../models/index.ts";
import { normal } from "../../random/philox.ts";
import type { Host } from "../../runtime/host.ts";
import { elements, ndarray } from "../../runtime/ndarray.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";
import { type Cost, costOf } from "./cost.ts";
import { better, Floor, floorOf, type Peaks } from "./floor.ts";
import { seconds } from "./runner.ts";

/** A part of drawing: how long it takes, and how long its products and convolutions would at the machine's best. */
export interface Measure {
  readonly name: string;
  readonly seconds: number;
  readonly floor: number;
  /** Of the floor in the time. */
  readonly share: number;
}

export interface Bench {
  readonly peaks: Peaks;
  readonly measures: readonly Measure[];
}

export interface BenchProgress {
  readonly done: number;
  readonly total: number;
  readonly label: string;
}

interface Part {
  readonly name: string;
  readonly cost: Cost;
  run(): Promise<unknown>;
}

/** How often the machine's best is tried, and each part at most, within so many seconds. */
const [tries, runs, patience] = [3, 5, 3];

/** Measures how fast a model draws at its own size, beside the best that the processor does. The model must be on the CPU. */
export async function* bench(
  host: Host,
  model: DiffusionModel,
  threads?: number,
): AsyncGenerator<BenchProgress, Bench> {
  const parts = partsOf(model);
  const total = parts.length + 1;
  yield { done: 0, total, label: "this machine's best" };
  const floor = await Floor.open(host, threads);
  try {
    let peaks = await floor.measure(tries);
    const times: number[] = [];
    for (const [i, { name, run }] of parts.entries()) {
      yield { done: i + 1, total, label: name };
      times.push(await fastest(run));
      peaks = better(peaks, await floor.measure(tries));
    }
    const measures = parts.map(({ name, cost }, i) => {
      const best = floorOf(cost, peaks);
      return { name, seconds: times[i]!, floor: best, share: best / times[i]! };
    });
    return { peaks, measures };
  } finally {
    await floor.close();
  }
}

/** Seconds of the fastest run after the first, which opens the network and takes its memory. */
async function fastest(run: () => Promise<unknown>): Promise<number> {
  await run();
  let [best, spent] = [Number.POSITIVE_INFINITY, 0];
  for (let i = 0; i < runs && spent < patience; i++) {
    const time = await seconds(run);
    best = Math.min(best, time);
    spent += time;
  }
  return best;
}

function partsOf(model: DiffusionModel): Part[] {
  const { unet, autoencoder, text } = model.configs;
  const { sampleSize: size } = unet;
  const [seen, states] = [noise([2, unet.in, size, size]), noise([2, text.positions, text.width])];
  const latents = noise([1, autoencoder.latentChannels, size, size]);
  const graphs = {
    text: new ClipText(text).forward(input("ids", "i64", [1, text.positions])).hidden,
    step: new UNet(unet).forward(like("x", seen), input("timesteps", "f32", [2]), like("states", states)),
    picture: new Autoencoder(autoencoder).decode(like("latents", latents)),
  };
  // Other ids with each run: texts that are known are not read again.
  let last = 0;
  const ids = (): number[] => Array.from({ length: text.positions }, (_, i) => (i === 0 ? last++ : 0));
  const pixels = `${model.pictureSize}×${model.pictureSize}`;
  return [
    { name: "reading a text", cost: costOf([graphs.text]), run: () => model.encodeIds(ids()) },
    {
      name: `a guided step at ${pixels}`,
      cost: costOf([graphs.step]),
      run: () => model.denoise(seen, 500, states),
    },
    { name: `a picture of ${pixels} from latents`, cost: costOf([graphs.picture]), run: () => model.decode(latents) },
  ];
}

const noise = (shape: readonly number[]): Latents => ndarray(normal(1, 0, elements(shape)), shape);

const like = (name: string, { shape }: Latents): Tensor => input(name, "f32", shape);
