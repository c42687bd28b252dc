/** Lets so many pieces of work run at once; the others wait in order. */
export class Limit {
  readonly most: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.most = most;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    const release = await this.take();
    try {
      return await work();
    } finally {
      release();
    }
  }

  /** Waits for a place; what it gives frees that again, once. */
  async take(): Promise<() => void> {
    if (this.#running < this.most) this.#running++;
    // The place of another one comes over, without ever being free in between.
    else await new Promise<void>((go) => this.#waiting.push(go));
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    };
  }
}
