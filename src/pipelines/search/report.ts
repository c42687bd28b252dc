/** Pictures that are named of a kind; more are only counted. */
const mostNamed = 1000;

const nothing = { added: 0, changed: 0, unchanged: 0, removed: 0, broken: 0 };

/** A picture, and what is wrong with it or unusual. */
export interface Named {
  readonly path: string;
  readonly text: string;
}

/** What happened to the pictures of a folder. */
export class Report {
  readonly counts = { ...nothing };
  readonly #broken: Named[] = [];
  readonly #remarks: Named[] = [];

  count(what: keyof typeof nothing, by = 1): void {
    this.counts[what] += by;
  }

  /** Names a picture, a shard or a folder that cannot be read. */
  broken(path: string, problem: string): void {
    this.counts.broken++;
    const text = problem.startsWith(`${path}: `) ? problem.slice(path.length + 2) : problem;
    if (this.#broken.length < mostNamed) this.#broken.push({ path, text });
  }

  remark(path: string, text: string): void {
    if (this.#remarks.length < mostNamed) this.#remarks.push({ path, text });
  }

  summary() {
    return { ...this.counts, named: { broken: this.#broken, remarks: this.#remarks } };
  }
}
