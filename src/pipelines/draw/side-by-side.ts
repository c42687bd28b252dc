import { type Latents, stack } from "../../diffusion/index.ts";
import { ndarray } from "../../runtime/ndarray.ts";
import type { Ask, DenoiserForm } from "../model/denoiser.ts";

interface Question {
  readonly form: DenoiserForm;
  readonly inputs: Readonly<Record<string, Latents>>;
  answer(outputs: Readonly<Record<string, Latents>>): void;
  fail(error: unknown): void;
}

/**
 * A denoiser for pictures that are drawn side by side. It waits until all that are still drawn have asked; questions of
 * one kind and size then go through the network as one batch.
 */
export class SideBySide {
  readonly #ask: Ask;
  readonly #questions: Question[] = [];
  #drawn: number;

  constructor(ask: Ask, pictures: number) {
    this.#ask = ask;
    this.#drawn = pictures;
  }

  readonly ask: Ask = (form, inputs) =>
    new Promise((answer, fail) => {
      this.#questions.push({ form, inputs, answer, fail });
      this.#answerAll();
    });

  /** Runs one of the pictures; when it has come to an end, the others wait for it no more. */
  async *run<Y, R>(picture: AsyncGenerator<Y, R>): AsyncGenerator<Y, R> {
    try {
      return yield* picture;
    } finally {
      this.#drawn--;
      this.#answerAll();
    }
  }

  #answerAll(): void {
    if (this.#questions.length < this.#drawn) return;
    const groups = new Map<string, Question[]>();
    for (const question of this.#questions.splice(0)) {
      const kind = kindOf(question);
      groups.set(kind, [...(groups.get(kind) ?? []), question]);
    }
    for (const group of groups.values()) void this.#answer(group);
  }

  async #answer(group: readonly Question[]): Promise<void> {
    try {
      const [{ form, inputs }] = group as [Question];
      const together = Object.keys(inputs).map((name) => [name, stack(group.map((one) => one.inputs[name]!))] as const);
      const outputs = await this.#ask(form, Object.fromEntries(together));
      for (const [i, { answer }] of group.entries())
        answer(
          Object.fromEntries(
            Object.entries(outputs).map(([name, all]) => [name, share(all, i, group.length)] as const),
          ),
        );
    } catch (error) {
      for (const { fail } of group) fail(error);
    }
  }
}

const kindOf = ({ form, inputs }: Question): string =>
  JSON.stringify([form, ...Object.entries(inputs).map(([name, { shape }]) => [name, shape])]);

/** Part i of `parts` equal ones along the first axis. */
function share({ data, shape }: Latents, i: number, parts: number): Latents {
  const size = data.length / parts;
  return ndarray(data.slice(i * size, (i + 1) * size), [shape[0]! / parts, ...shape.slice(1)]);
}

/** Runs generators in step with each other: what each yields next, in their order, until all have returned. */
export async function* inStep<Y, R>(runs: readonly AsyncGenerator<Y, R>[]): AsyncGenerator<Y, R[]> {
  const results = new Map<number, R>();
  let rest = runs.map((run, i) => ({ run, i }));
  while (rest.length > 0) {
    const nexts = await Promise.all(rest.map(async ({ run, i }) => ({ run, i, next: await run.next() })));
    for (const { i, next } of nexts) {
      if (next.done) results.set(i, next.value);
      else yield next.value;
    }
    rest = nexts.filter(({ next }) => !next.done);
  }
  return runs.map((_, i) => results.get(i)!);
}
