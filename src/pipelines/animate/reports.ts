import { psnr } from "../../evaluation/psnr.ts";
import { picturesToTensor, tensorToPictures } from "../../image/tensor.ts";
import type { Picture } from "../../runtime/host.ts";
import { type ClipModel, similarities } from "../clip/clip.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";
import { fitted } from "./ends.ts";
import type { EndReport, WholeRequest } from "./request.ts";

/** Compares what is drawn at the ends of an animation with what was asked for there. */
export class Reports {
  readonly #model: DiffusionModel;
  readonly #request: WholeRequest;
  readonly #clip: ClipModel | undefined;
  readonly #reports = new Map<number, EndReport>();

  constructor(model: DiffusionModel, request: WholeRequest, clip: ClipModel | undefined) {
    this.#model = model;
    this.#request = request;
    this.#clip = clip;
  }

  /** Shows the picture at a position, where it has one. */
  async see(position: number | undefined, picture: Picture): Promise<void> {
    if (position === undefined || this.#reports.has(position)) return;
    const end = this.#request.ends[position];
    if (end) this.#reports.set(position, { ...(await this.#compare(end, picture)) });
  }

  /** In the order of the ends. */
  all(): EndReport[] {
    return this.#request.ends.map((_, i) => this.#reports.get(i) ?? {});
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
