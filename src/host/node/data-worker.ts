import { parentPort, workerData } from "node:worker_threads";
import { UserError } from "../../errors.ts";
import { type DataConfig, openExamples } from "../../training/data/config.ts";
import { type RawBatch, rawBatch } from "../../training/data/data-set.ts";
import { nodeHost } from "../node.ts";
import { readSound } from "./sound.ts";

/** What a worker is started with. */
export interface WorkerTask {
  readonly config: DataConfig;
  readonly seed: number;
  /** Examples in a batch. */
  readonly batch: number;
  /** URL of the config's module. */
  readonly module: string | undefined;
}

/** A batch by number, or why there is none. */
export type WorkerReply = { readonly index: number } & (
  | { readonly batch: RawBatch }
  | { readonly error: unknown; readonly user: boolean }
);

/** A worker thread that answers each batch number with the batch. */
const { config, seed, batch, module } = workerData as WorkerTask;
const load = (name: string): Promise<unknown> =>
  import(module!).catch((error: Error) => {
    throw new UserError(`cannot load ${name}: ${error.message.split("\n")[0]}`);
  });
const examples = openExamples(config, { host: nodeHost(), seed, load, readSound });
// Told with every answer; without this line it would also end the thread.
examples.catch(() => {});

parentPort!.on("message", async (index: number) => {
  try {
    const made = await rawBatch(await examples, batch, index);
    send({ index, batch: made }, [made.pixels.data.buffer as ArrayBuffer]);
  } catch (error) {
    // By name, since a module may bring its own copy of the class.
    const user = error instanceof Error && error.name === "UserError";
    send({ index, error: user ? error.message : error, user }, []);
  }
});

function send(reply: WorkerReply, transfer: ArrayBuffer[]): void {
  parentPort!.postMessage(reply, transfer);
}
