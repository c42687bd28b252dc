import type { Host } from "../runtime/host.ts";

/** Steps whose means make one line. */
const interval = 20;

/** The loss curve as JSON lines: {"step": 20, "loss": 0.71, …}, each the mean since the line before. */
export class TrainingLog {
  readonly #host: Host;
  readonly #path: string;
  readonly #lines: string[];
  #sums: Record<string, number> = {};
  #count = 0;

  private constructor(host: Host, path: string, lines: string[]) {
    this.#host = host;
    this.#path = path;
    this.#lines = lines;
  }

  /** Goes on with the file's lines up to `step`; a run that starts at 0 starts the file anew. */
  static async open(host: Host, path: string, step: number): Promise<TrainingLog> {
    if (step === 0 || !(await host.exists(path))) return new TrainingLog(host, path, []);
    const source = await host.open(path);
    const lines = new TextDecoder().decode(await source.read(0, source.size)).split("\n");
    const kept = lines.filter((line) => line !== "" && (JSON.parse(line) as { step: number }).step <= step);
    return new TrainingLog(host, path, kept);
  }

  add(step: number, metrics: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(metrics)) this.#sums[name] = (this.#sums[name] ?? 0) + value;
    this.#count++;
    if (step % interval !== 0) return;
    const means = Object.entries(this.#sums).map(([name, sum]) => [name, Number((sum / this.#count).toPrecision(6))]);
    this.#lines.push(JSON.stringify({ step, ...Object.fromEntries(means) }));
    this.#sums = {};
    this.#count = 0;
  }

  /** A line of its own. */
  note(step: number, figures: Readonly<Record<string, unknown>>): void {
    this.#lines.push(JSON.stringify({ step, ...figures }));
  }

  async flush(): Promise<void> {
    const text = this.#lines.map((line) => `${line}\n`).join("");
    await this.#host.write(this.#path, [new TextEncoder().encode(text)]);
  }
}
