import type { Picture } from "../../runtime/host.ts";
import { textToImage } from "../draw/text-to-image.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";
import { type EvaluationProgress, median, pictureBatch } from "./data.ts";

/** How pictures are drawn; what is left out is as `textToImage` does it. */
export interface DrawingOptions {
  readonly steps?: number;
  readonly guidance?: number;
  readonly sampler?: string;
  readonly seed: number;
  /** Pictures at once; without, as many as have 2¹⁷ pixels together. */
  readonly batch?: number;
}

/** How pictures were drawn. */
export interface DrawingSettings {
  readonly steps: number;
  readonly guidance: number;
  readonly sampler: string;
  readonly seed: number;
  readonly batch: number;
  /** The median over batches; the first one also waits for the networks to be opened. */
  readonly secondsPerPicture: number;
}

/** Draws prompts, the i-th from seed + i. */
export async function* drawPrompts(
  model: DiffusionModel,
  prompts: readonly string[],
  { batch = pictureBatch(model.pictureSize), ...options }: DrawingOptions,
): AsyncGenerator<EvaluationProgress, { readonly pictures: readonly Picture[]; readonly settings: DrawingSettings }> {
  const seconds: number[] = [];
  const total = prompts.length;
  let before = performance.now();
  let done = 0;
  const run = textToImage(model, { ...options, batch, prompts });
  let next = await run.next();
  for (; !next.done; next = await run.next()) {
    const { stage, step, steps } = next.value;
    if (stage === "drawn") done++;
    yield { label: "drawing", done, total, detail: `step ${step} of ${steps}` };
    if (stage !== "drawn" || (done % batch !== 0 && done < total)) continue;
    const now = performance.now();
    seconds.push((now - before) / 1000 / (((done - 1) % batch) + 1));
    before = now;
  }
  const { steps, guidance, sampler } = next.value[0]!.settings;
  return {
    pictures: next.value.map(({ picture }) => picture),
    settings: {
      steps: steps!,
      guidance: guidance!,
      sampler: sampler!,
      seed: options.seed,
      batch,
      secondsPerPicture: median(seconds),
    },
  };
}
