import { psnr } from "../../evaluation/psnr.ts";
import { distance, smoothness } from "../../evaluation/smoothness.ts";
import { picturesToTensor, tensorToPictures } from "../../image/tensor.ts";
import type { Picture } from "../../runtime/host.ts";
import { type ClipModel, similarities } from "../clip/clip.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";
import { fitted } from "./ends.ts";
import { look } from "./look.ts";
import type { Animation, EndReport, WholeRequest } from "./request.ts";

/** Judges pictures as they are shown: how each differs from the one before, and whether ends are what was asked for. */
export class Review {
  readonly #model: DiffusionModel;
  readonly #request: WholeRequest;
  readonly #clip: ClipModel | undefined;
  readonly #ends = new Map<number, EndReport>();
  readonly #distances: number[] = [];
  #shown = 0;
  #first: Float32Array | undefined;
  #last: Float32Array | undefined;

  constructor(model: DiffusionModel, request: WholeRequest, clip: ClipModel | undefined) {
    this.#model = model;
    this.#request = request;
    this.#clip = clip;
  }

  /** The next pictures, those of frames with their positions. */
  async see(pictures: readonly Picture[], positions: readonly (number | undefined)[]): Promise<void> {
    for (const seen of await look(this.#clip, pictures)) {
      if (this.#last) this.#distances.push(distance(this.#last, seen));
      this.#last = seen;
      this.#first ??= seen;
      this.#shown++;
    }
    for (const [i, position] of positions.entries()) {
      const end = position === undefined || this.#ends.has(position) ? undefined : this.#request.ends[position];
      if (end) this.#ends.set(position!, await this.#compare(end, pictures[i]!));
    }
  }

  /** Figures of all that was shown; after the last picture of a closed animation comes the first. */
  result(positions: readonly number[], closed = false): Animation {
    const { ends, width, height } = this.#request;
    const round = closed && this.#shown > 1 ? [distance(this.#last!, this.#first!)] : [];
    return {
      pictures: this.#shown,
      width,
      height,
      positions,
      smoothness: smoothness([...this.#distances, ...round]),
      ends: ends.map((_, i) => this.#ends.get(i) ?? {}),
    };
  }

  async #compare({ prompt, picture }: WholeRequest["ends"][number], drawn: Picture): Promise<EndReport> {
    const clip = prompt === undefined ? undefined : this.#clip;
    const [[similarity] = []] = clip
      ? similarities(await clip.embedImages([drawn]), await clip.embedTexts([prompt!]))
      : [];
    const known = { ...(prompt !== undefined && { prompt }), ...(similarity !== undefined && { similarity }) };
    if (!picture) return known;
    const given = fitted(picture, drawn.width, drawn.height);
    const { mean } = await this.#model.encode(picturesToTensor([given]));
    const [reconstructed] = tensorToPictures(await this.#model.decode(mean));
    return {
      ...known,
      psnr: psnr(given, drawn),
      autoencoderPsnr: psnr(given, reconstructed!),
      reconstructionPsnr: psnr(reconstructed!, drawn),
    };
  }
}
