/** Names that are kept of a kind; more are only counted. */
const mostNamed = 20;

/** How often something was so, and names of the first. */
export type Counted = Readonly<Record<string, { readonly count: number; readonly first: readonly string[] }>>;

/** Counts what happened, by few words for each kind. */
export class Reasons {
  readonly #all = new Map<string, { count: number; first: string[] }>();

  add(reason: string, name: string): void {
    const entry = this.#entry(reason);
    entry.count++;
    if (entry.first.length < mostNamed) entry.first.push(name);
  }

  /** Adds what others counted. */
  join(others: Counted): void {
    for (const [reason, { count, first }] of Object.entries(others)) {
      const entry = this.#entry(reason);
      entry.count += count;
      entry.first.push(...first.slice(0, mostNamed - entry.first.length));
    }
  }

  /** The most frequent first. */
  summary(): Counted {
    return Object.fromEntries([...this.#all].sort(([, a], [, b]) => b.count - a.count));
  }

  #entry(reason: string): { count: number; first: string[] } {
    const entry = this.#all.get(reason) ?? { count: 0, first: [] };
    this.#all.set(reason, entry);
    return entry;
  }
}
