import { input } from "../graph/index.ts";
import type { Autoencoder } from "../models/vae/index.ts";
import type { WeightSource } from "../onnx/emit.ts";
import { compile } from "../runtime/compile.ts";
import type { Host } from "../runtime/host.ts";
import type { NdArray } from "../runtime/ndarray.ts";
import { readHeader, readTensor } from "../weights/safetensors.ts";
import { toFloats } from "../weights/stored.ts";
import type { Weights } from "../weights/weights.ts";
import { shardCount, writeShard } from "./data/cache.ts";
import type { DataSet } from "./data/data-set.ts";
import { hash } from "./data/random.ts";
import type { Progress } from "./loop.ts";
import { Pace } from "./pace.ts";

export interface EncodeOptions {
  readonly host: Host;
  readonly autoencoder: Autoencoder;
  readonly weights: WeightSource;
  /** Pictures and token ids. */
  readonly data: DataSet;
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  /** Folder of the cache. */
  readonly folder: string;
  /** What the cache is computed from. */
  readonly origin: string;
  /** Pictures to encode, a multiple of the batch. */
  readonly pictures: number;
  readonly signal?: AbortSignal | undefined;
}

/** Batches that make one file of the cache: what a stopped run has to do again at most. */
const batchesPerShard = 32;

/**
 * Encodes pictures once: `mean` and `logvar` of their latents' posteriors with the captions' `ids`, as a cache to train
 * from. Goes on after the last file that is there.
 */
export async function* encodePictures(options: EncodeOptions): AsyncGenerator<Progress> {
  const { host, autoencoder, weights, data, batch, height, width, folder, origin, pictures, signal } = options;
  const batches = Math.ceil(pictures / batch);
  const shards = Math.ceil(batches / batchesPerShard);
  let shard = await shardCount(host, folder);
  if (shard >= shards) return;
  const pixels = input("pixels", "f32", [batch, autoencoder.config.channels, height, width]);
  const encoder = await compile({ host, outputs: { ...autoencoder.encode(pixels) }, weights });
  const pace = new Pace(batch);
  try {
    for (; shard < shards; shard++) {
      const rows: Record<string, NdArray>[] = [];
      const end = Math.min((shard + 1) * batchesPerShard, batches);
      for (let index = shard * batchesPerShard; index < end; index++) {
        if (signal?.aborted) return;
        const { pixels: seen, ids } = await data.batch(index);
        rows.push({ ...(await encoder.run({ pixels: seen! })), ids: ids! });
        const perSecond = pace.tick();
        const left = (batches - index - 1) * batch;
        const done = { step: (index + 1) * batch, steps: batches * batch };
        yield { stage: "encoding", ...done, metrics: {}, perSecond, secondsLeft: left / perSecond };
      }
      await writeShard(host, folder, shard, joined(rows), origin);
    }
  } finally {
    await encoder.close();
  }
}

/** The batches' arrays one after the other. */
function joined(rows: readonly Record<string, NdArray>[]): Record<string, NdArray> {
  const all = Object.entries(rows[0]!).map(([name, { dtype, shape, data }]) => {
    const joint = new (data.constructor as Float32ArrayConstructor)(data.length * rows.length);
    rows.forEach((row, i) => {
      joint.set(row[name]!.data as Float32Array, i * data.length);
    });
    return [name, { dtype, shape: [shape[0]! * rows.length, ...shape.slice(1)], data: joint } as NdArray];
  });
  return Object.fromEntries(all);
}

/**
 * 1 / standard deviation of all elements of the sampled posteriors in the first file of a cache: what latents are scaled
 * by for the denoiser. Rombach et al. 2022, section 4.3.2 (there of the first batch).
 */
export async function measuredScale(host: Host, folder: string): Promise<number> {
  const source = await host.open(`${folder}/00000.safetensors`);
  const { tensors } = await readHeader(source);
  const read = async (name: string): Promise<Float32Array> => toFloats(await readTensor(source, tensors.get(name)!));
  const [mean, logvar] = [await read("mean"), await read("logvar")];
  let [sum, squares] = [0, 0];
  for (const [i, value] of mean.entries()) {
    sum += value;
    squares += value * value + Math.exp(logvar[i]!);
  }
  return 1 / Math.sqrt(squares / mean.length - (sum / mean.length) ** 2);
}

/** A number that changes when the encoder does. */
export async function encoderHash(weights: Weights): Promise<number> {
  const values = await weights.read("encoder.conv_out.weight");
  return hash(...new Uint32Array(values.buffer, values.byteOffset, values.length));
}
