import type { DiffusionModel } from "../model/diffusion-model.ts";
import { Drawing } from "./drawing.ts";
import { checkRequest, type Drawn, type DrawOptions, type DrawProgress, type DrawRequest } from "./request.ts";
import { inStep, SideBySide } from "./side-by-side.ts";

/** Draws pictures in batches, by default one after the other, so that none depends on another. Returns them all. */
export async function* textToImage(
  model: DiffusionModel,
  request: DrawRequest,
  options: DrawOptions = {},
): AsyncGenerator<DrawProgress, Drawn[]> {
  checkRequest(model, request);
  const { prompts, batch = 1, steps = model.defaults.steps } = request;
  const drawing = new Drawing(model, request, options);
  const all: Drawn[] = [];
  for (let first = 0; first < prompts.length; first += batch) {
    const indices = prompts.slice(first, first + batch).map((_, k) => first + k);
    const together = new SideBySide(model.ask, indices.length);
    const runs = indices.map((index) => together.run(drawing.denoise(index, together.ask)));
    const latents = yield* inStep(runs);
    for (const [k, index] of indices.entries()) {
      const drawn = await drawing.finish(index, latents[k]!);
      all.push(drawn);
      yield { stage: "drawn", index, step: steps, steps, drawn };
    }
  }
  return all;
}
