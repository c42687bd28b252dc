import { ndarray } from "../../runtime/ndarray.ts";
import { atOnce, type ClipModel, type Embeddings } from "../clip/clip.ts";
import type { Compare, Compared } from "./tools.ts";

interface Waiting {
  readonly pixels: Float32Array;
  readonly shape: readonly number[];
  readonly caption: string;
  resolve(compared: Compared): void;
  reject(error: unknown): void;
}

/** Has CLIP see pictures and read captions, as many at once as are waiting when it is free. */
export class Comparer {
  readonly #model: ClipModel;
  readonly #waiting: Waiting[] = [];
  #busy = false;

  constructor(model: ClipModel) {
    this.#model = model;
  }

  readonly compare: Compare = (pixels, shape, caption) =>
    new Promise((resolve, reject) => {
      this.#waiting.push({ pixels, shape, caption, resolve, reject });
      void this.#work();
    });

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, atOnce.pictures);
      try {
        const began = performance.now();
        const pictures = await this.#model.embedPixels(batch.map(({ pixels, shape }) => ndarray(pixels, shape)));
        const texts = await this.#model.embedTexts(batch.map(({ caption }) => caption));
        const milliseconds = (performance.now() - began) / batch.length;
        for (const [i, { resolve }] of batch.entries()) {
          const vector = rowOf(pictures, i);
          const similarity = dot(vector, rowOf(texts, i));
          resolve({ similarity, vector, milliseconds });
        }
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#busy = false;
  }
}

const rowOf = ({ data, shape }: Embeddings, row: number): Float32Array =>
  data.slice(row * shape[1]!, (row + 1) * shape[1]!);

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
