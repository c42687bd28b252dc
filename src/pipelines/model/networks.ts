import { circular, type Target, type Tensor } from "../../graph/index.ts";
import { withLowRank } from "../../nn/index.ts";
import {
  type Compiled,
  type CompileOptions,
  compile,
  type EightBits,
  type EightBitWeights,
  eightBitWeights,
} from "../../runtime/compile.ts";
import type { Host } from "../../runtime/host.ts";
import type { NdArray } from "../../runtime/ndarray.ts";
import { WeightStore } from "../../runtime/weight-store.ts";
import type { Dialect } from "../../weights/dialects.ts";
import type { ModelDirectory } from "../../weights/model-directory.ts";
import type { Weights } from "../../weights/weights.ts";

export interface Graph {
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly parameters: ReadonlyMap<string, Tensor>;
}

/** A graph over the weights of one part of a model directory. */
export interface Network {
  readonly name: string;
  /** Folder of the weights. */
  readonly part: string;
  /** Folder of the weights that it shares with another part. */
  readonly shared?: string | undefined;
  /** What the keys in the files may be called instead. */
  readonly dialect?: Dialect;
  /** See `CompileOptions`. */
  readonly lean?: boolean;
  readonly int8?: EightBits;
  /** Whether convolutions see the opposite edge beyond an edge. */
  readonly circular?: boolean;
  /** Modules that have a low-rank branch, whose inputs are the network's too. */
  readonly lowRank?: readonly string[];
  build(): Graph;
}

interface EngineOptions {
  readonly device?: Target;
  readonly threads?: number;
  readonly patient?: boolean;
}

/**
 * The networks of a model directory: each compiled when it first runs, and kept. Those of a part all have the same
 * low-rank branches: with others they are compiled anew, and the former closed before, as their weights take memory twice.
 */
export class Networks {
  readonly #host: Host;
  readonly #directory: ModelDirectory;
  readonly #options: EngineOptions;
  readonly #compiled = new Map<string, { readonly network: Network; readonly compiling: Promise<Compiled> }>();
  /** What the networks of a part hold of its weights. */
  readonly #stores = new Map<string, WeightStore>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(host: Host, directory: ModelDirectory, options: EngineOptions) {
    this.#host = host;
    this.#directory = directory;
    this.#options = options;
  }

  /** One run at a time: side by side they would only share the processors, and each take its memory. */
  run(network: Network, inputs: Readonly<Record<string, NdArray>>): Promise<Record<string, NdArray>> {
    return this.#inTurn(async () => (await this.#open(network)).run(inputs));
  }

  /** Compiles a network unless it is. */
  async open(network: Network): Promise<void> {
    await this.#inTurn(() => this.#open(network));
  }

  /** Throws a UserError unless there are the weights of a network that is to be compiled later. */
  async check(network: Network): Promise<void> {
    if (!this.#compiled.has(network.name)) await this.#checked(network);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const working = this.#last.then(work);
    this.#last = working.catch(() => undefined);
    return working;
  }

  /** A failure is not kept. */
  async #open(network: Network): Promise<Compiled> {
    const known = this.#compiled.get(network.name);
    if (known && isLike(known.network, network)) return known.compiling;
    await this.#close((other) => other.part === network.part && !isLike(other, network));
    const compiling = this.#compile(network);
    this.#compiled.set(network.name, { network, compiling });
    compiling.catch(() => this.#compiled.delete(network.name));
    return compiling;
  }

  async #compile(network: Network): Promise<Compiled> {
    return compile(await this.#toCompile(network));
  }

  /** The weights of a network in eight bits. */
  async inEightBits(network: Network): Promise<EightBitWeights> {
    return eightBitWeights(await this.#toCompile(network));
  }

  async #toCompile(network: Network): Promise<CompileOptions> {
    const { outputs, weights } = await this.#checked(network);
    return {
      host: this.#host,
      outputs: changed(outputs, network),
      weights: await weights.forEngine(),
      weightFolder: weights.folder,
      store: this.#store(network.part),
      lean: network.lean ?? false,
      ...(network.int8 && { int8: network.int8 }),
      ...this.#options,
    };
  }

  async #checked(network: Network): Promise<{ readonly outputs: Graph["outputs"]; readonly weights: Weights }> {
    const stored = await this.#directory.weights(network.part, network.shared);
    const weights = network.dialect ? stored.translate(network.dialect) : stored;
    const { outputs, parameters } = network.build();
    weights.check(new Map([...parameters].map(([key, { shape }]) => [key, shape])));
    return { outputs, weights };
  }

  #store(part: string): WeightStore {
    const store = this.#stores.get(part) ?? new WeightStore(this.#host);
    this.#stores.set(part, store);
    return store;
  }

  async close(): Promise<void> {
    await this.#close(() => true);
    this.#stores.clear();
  }

  /** Closes one network, which holds the memory that its runs took, until it is needed again. */
  release({ name }: Network): Promise<void> {
    return this.#inTurn(() => this.#close((network) => network.name === name));
  }

  /** The same of all networks of a part. */
  releasePart(part: string): Promise<void> {
    return this.#inTurn(() => this.#close((network) => network.part === part));
  }

  async #close(which: (network: Network) => boolean): Promise<void> {
    const all = [...this.#compiled.values()].filter(({ network }) => which(network));
    for (const { network } of all) this.#compiled.delete(network.name);
    await Promise.all(all.map(async ({ compiling }) => (await compiling.catch(() => undefined))?.close()));
  }
}

/** Whether two networks of one part have the same branches. */
const isLike = (a: Network, b: Network): boolean => (a.lowRank ?? []).join() === (b.lowRank ?? []).join();

function changed(outputs: Graph["outputs"], { circular: wraps = false, lowRank = [] }: Network): Graph["outputs"] {
  const names = Object.keys(outputs);
  const tensors = withLowRank(Object.values(outputs), new Set(lowRank));
  return Object.fromEntries((wraps ? circular(tensors) : tensors).map((y, i) => [names[i]!, y] as const));
}
