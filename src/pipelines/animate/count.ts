import type { LatentColours } from "../draw/preview.ts";
import type { FramesProgress } from "./frames.ts";
import type { AnimateProgress } from "./request.ts";

/** Adds up work on frames to progress of one piece of work. */
export class Count {
  #told: AnimateProgress;
  readonly #colours: LatentColours | undefined;

  constructor(what: Pick<AnimateProgress, "stage" | "round" | "total">, colours: LatentColours | undefined) {
    this.#told = { ...what, done: 0 };
    this.#colours = colours;
  }

  /** How far the work is. */
  get told(): AnimateProgress {
    return this.#told;
  }

  async add({ done, denoised }: FramesProgress): Promise<AnimateProgress> {
    // Parts of frames sum up to whole ones.
    this.#told = { ...this.#told, done: Math.round((this.#told.done + done) * 1e6) / 1e6 };
    const preview = denoised && (await this.#colours?.picture(denoised));
    return { ...this.#told, ...(preview && { preview }) };
  }

  /** All progress of a piece of work, whose result it returns. */
  async *of<R>(run: AsyncGenerator<FramesProgress, R>): AsyncGenerator<AnimateProgress, R> {
    let next = await run.next();
    for (; !next.done; next = await run.next()) yield this.add(next.value);
    return next.value;
  }
}
