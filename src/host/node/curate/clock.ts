/** Parts of its time that a clock counts one by one: those in which this program stands still count as one. */
const ticks = 10;

/** Stops an attempt after so many seconds, whatever it waits for, or when the whole work is stopped. */
export class Clock {
  readonly #controller = new AbortController();
  readonly #seconds: number;
  readonly #outer: EventTarget | undefined;
  readonly #stop = (): void => this.#controller.abort();
  #timer: NodeJS.Timeout | undefined;

  constructor(seconds: number, outer: AbortSignal | undefined) {
    this.#seconds = seconds;
    this.#outer = outer as unknown as EventTarget | undefined;
    this.#outer?.addEventListener("abort", this.#stop);
    this.start();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  start(): void {
    let left = ticks;
    this.#timer = setInterval(() => --left === 0 && this.#stop(), (1000 * this.#seconds) / ticks);
  }

  /** While an attempt waits for this program. */
  pause(): void {
    clearInterval(this.#timer);
  }

  end(): void {
    this.pause();
    this.#outer?.removeEventListener("abort", this.#stop);
  }
}
