/** Cosine above which pictures count as the same (clip-retrieval's). */
export const sameAbove = 0.94;

/** Connected components: things that are joined in pairs, directly or by way of others. */
export class Groups {
  readonly #parent: Int32Array;

  constructor(count: number) {
    this.#parent = Int32Array.from({ length: count }, (_, i) => i);
  }

  /** The smallest of a thing's group. */
  of(i: number): number {
    const parent = this.#parent;
    let root = i;
    while (parent[root] !== root) root = parent[root]!;
    for (let at = i; at !== root; ) [at, parent[at]] = [parent[at]!, root];
    return root;
  }

  join(i: number, j: number): void {
    const [a, b] = [this.of(i), this.of(j)];
    if (a !== b) this.#parent[Math.max(a, b)] = Math.min(a, b);
  }

  /** Groups of two or more, the largest first. */
  several(): number[][] {
    const members = new Map<number, number[]>();
    for (let i = 0; i < this.#parent.length; i++) {
      const root = this.of(i);
      const group = members.get(root);
      if (group) group.push(i);
      else members.set(root, [i]);
    }
    return [...members.values()].filter(({ length }) => length > 1).sort((a, b) => b.length - a.length);
  }
}

const dot = (a: Float32Array, b: Float32Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

/** Of vectors of length 1 in order, those that are in no group with an earlier one. */
export function firstOfEach(vectors: readonly Float32Array[], threshold = sameAbove): number[] {
  const groups = new Groups(vectors.length);
  for (let i = 0; i < vectors.length; i++)
    for (let j = 0; j < i; j++) if (dot(vectors[i]!, vectors[j]!) > threshold) groups.join(i, j);
  return vectors.flatMap((_, i) => (groups.of(i) === i ? [i] : []));
}
