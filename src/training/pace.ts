/** Items per second, smoothed over the last twenty ticks or so. */
export class Pace {
  readonly #items: number;
  #last = performance.now();
  #ticks = 0;
  #seconds = 0;

  constructor(itemsPerTick: number) {
    this.#items = itemsPerTick;
  }

  tick(): number {
    const now = performance.now();
    const taken = (now - this.#last) / 1000;
    this.#last = now;
    this.#seconds += (taken - this.#seconds) / Math.min(++this.#ticks, 20);
    return this.#items / this.#seconds;
  }
}
