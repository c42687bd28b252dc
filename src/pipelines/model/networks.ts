import { circular, type Target, type Tensor } from "../../graph/index.ts";
import { type Compiled, compile } from "../../runtime/compile.ts";
import type { Host } from "../../runtime/host.ts";
import type { NdArray } from "../../runtime/ndarray.ts";
import type { Dialect } from "../../weights/dialects.ts";
import type { ModelDirectory } from "../../weights/model-directory.ts";

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
  /** See `SessionOptions`. */
  readonly quick?: boolean;
  /** Whether convolutions see the opposite edge beyond an edge. */
  readonly circular?: boolean;
  build(): Graph;
}

/** The networks of a model directory: each compiled when it first runs, and kept. */
export class Networks {
  readonly #host: Host;
  readonly #directory: ModelDirectory;
  readonly #options: { readonly device?: Target; readonly threads?: number };
  readonly #compiled = new Map<string, Promise<Compiled>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(host: Host, directory: ModelDirectory, options: { readonly device?: Target; readonly threads?: number }) {
    this.#host = host;
    this.#directory = directory;
    this.#options = options;
  }

  /** One run at a time: side by side they would only share the processors, and each take its memory. */
  run(network: Network, inputs: Readonly<Record<string, NdArray>>): Promise<Record<string, NdArray>> {
    const running = this.#last.then(async () => (await this.open(network)).run(inputs));
    this.#last = running.catch(() => undefined);
    return running;
  }

  /** Compiles a network unless it is; a failure is not kept. */
  open(network: Network): Promise<Compiled> {
    const known = this.#compiled.get(network.name);
    if (known) return known;
    const compiling = this.#compile(network);
    this.#compiled.set(network.name, compiling);
    compiling.catch(() => this.#compiled.delete(network.name));
    return compiling;
  }

  async #compile({ part, shared, dialect, quick = false, circular: wraps = false, build }: Network): Promise<Compiled> {
    const stored = await this.#directory.weights(part, shared);
    const weights = dialect ? stored.translate(dialect) : stored;
    const { outputs, parameters } = build();
    weights.check(new Map([...parameters].map(([key, { shape }]) => [key, shape])));
    return compile({
      host: this.#host,
      outputs: wraps ? wrapped(outputs) : outputs,
      weights: await weights.forEngine(),
      weightFolder: weights.folder,
      quick,
      ...this.#options,
    });
  }

  async close(): Promise<void> {
    const all = [...this.#compiled.values()];
    this.#compiled.clear();
    await Promise.all(all.map(async (compiling) => (await compiling.catch(() => undefined))?.close()));
  }
}

function wrapped(outputs: Graph["outputs"]): Graph["outputs"] {
  const names = Object.keys(outputs);
  return Object.fromEntries(circular(Object.values(outputs)).map((y, i) => [names[i]!, y] as const));
}
