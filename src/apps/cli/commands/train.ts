import { UsageError } from "../../../errors.ts";
import { openData } from "../../../host/node/data.ts";
import { nodeHost } from "../../../host/node.ts";
import { type Progress, train } from "../../../training/loop.ts";
import { openTraining, type TrainingKind, trainingKinds } from "../../../training/open.ts";
import { readText } from "../../../weights/model-directory.ts";

export interface TrainArguments {
  readonly kind: string;
  readonly config: string;
  readonly resume: boolean;
}

/** `latentkit train KIND CONFIG [--resume]`: trains until it is done or asked to stop, keeping its state on the way. */
export async function trainCommand({ kind, config: path, resume }: TrainArguments): Promise<void> {
  if (!isKind(kind)) throw new UsageError(`train: "${kind}" is not ${trainingKinds.join(" or ")}`);
  const host = nodeHost();
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const { training, ...opened } = await openTraining(kind, await readText(host, path), path, { host, openData });
  const line = new ProgressLine(process.stderr);
  try {
    for await (const progress of train(training, { ...opened, host, resume, signal: stop.signal })) line.show(progress);
  } finally {
    line.end();
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
    await training.close();
  }
  const { out } = opened.config;
  process.stderr.write(stop.signal.aborted ? `stopped; go on with --resume (state in ${out})\n` : `done: ${out}\n`);
}

const isKind = (kind: string): kind is TrainingKind => (trainingKinds as readonly string[]).includes(kind);

/** One line that is rewritten on a terminal; elsewhere a line every ten seconds. */
class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  #shown = Number.NEGATIVE_INFINITY;
  #last = "";

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show(progress: Progress): void {
    const now = performance.now();
    this.#last = lineOf(progress);
    if (now - this.#shown < (this.#stream.isTTY ? 200 : 10_000)) return;
    this.#shown = now;
    this.#write();
  }

  end(): void {
    if (this.#last === "") return;
    this.#write();
    if (this.#stream.isTTY) this.#stream.write("\n");
  }

  #write(): void {
    this.#stream.write(this.#stream.isTTY ? `\r\x1b[K${this.#last}` : `${this.#last}\n`);
  }
}

function lineOf({ stage, step, steps, loss, metrics, perSecond, secondsLeft }: Progress): string {
  const others = Object.entries(metrics).filter(([name]) => name !== "loss");
  return [
    `${stage} ${step}/${steps}`,
    ...(loss === undefined ? [] : [`loss ${loss.toFixed(4)}`]),
    ...others.map(([name, value]) => `${name} ${value.toPrecision(3)}`),
    `${perSecond.toPrecision(3)}/s`,
    `${duration(secondsLeft)} left`,
  ].join("  ");
}

function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return `${Math.ceil(seconds)} s`;
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
