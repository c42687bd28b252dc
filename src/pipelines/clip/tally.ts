/** How often guesses were right, as they come in. */
export class Tally {
  readonly #counts = new Map<string, Map<string, number>>();
  #pictures = 0;
  #first = 0;
  #amongFive = 0;

  /** A picture that shows `truth`, and the labels it was given, the likeliest first. */
  add(truth: string, labels: readonly string[]): void {
    this.#pictures++;
    if (labels[0] === truth) this.#first++;
    if (labels.slice(0, 5).includes(truth)) this.#amongFive++;
    const row = this.#counts.get(truth) ?? new Map<string, number>();
    row.set(labels[0]!, (row.get(labels[0]!) ?? 0) + 1);
    this.#counts.set(truth, row);
  }

  /** Shares of pictures, and the counts of each (truth, guess) that came, the most frequent first. */
  result(): TallyResult {
    const confusion = [...this.#counts].flatMap(([truth, row]) =>
      Array.from(row, ([guess, count]) => ({ truth, guess, count })),
    );
    return {
      pictures: this.#pictures,
      top1: this.#first / this.#pictures,
      top5: this.#amongFive / this.#pictures,
      confusion: confusion.sort((a, b) => b.count - a.count),
    };
  }
}

export interface TallyResult {
  readonly pictures: number;
  readonly top1: number;
  readonly top5: number;
  readonly confusion: readonly { readonly truth: string; readonly guess: string; readonly count: number }[];
}
