import { type Latents, stack } from "../../diffusion/index.ts";
import { ndarray } from "../../runtime/ndarray.ts";
import { chunksOf } from "../../text/chunks.ts";
import { parsePrompt, parseWhole, promptAt, type Span, type Subprompt } from "../../text/prompt.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";
import type { TextsAt } from "./guided.ts";

export interface Wording {
  /** In the language that `parsePrompt` reads. */
  readonly prompt: string;
  /** In the same; `AND` is a word there. */
  readonly negative: string;
  /** What the steps in the texts are counted in. */
  readonly steps: number;
  /** Layers of the text encoder that are left out at its end. */
  readonly skip: number;
}

type TextEncoder = Pick<DiffusionModel, "tokenizer" | "encodeIds" | "adapters">;

/**
 * What a denoiser is told at each stage. Where a stage stands among all of its plan, image to image's left out ones
 * included, says at which step it is: a text changes at the same noise level whatever the strength and the sampler.
 */
export function conditioned(model: TextEncoder, { prompt, negative, steps, skip }: Wording): TextsAt {
  const subprompts = parsePrompt(prompt);
  const texts = [...subprompts, parseWhole(negative)];
  const weights = subprompts.map(({ weight }) => weight);
  const encoded = new Map<string, Promise<Latents[]>>();
  const encode = (text: Subprompt, step: number): Promise<Latents[]> => {
    const sections = promptAt(text, step, steps);
    const key = JSON.stringify(sections);
    const known = encoded.get(key) ?? encodeChunks(model, sections, skip);
    encoded.set(key, known);
    return known;
  };
  return async (stage) => {
    const step = stage ? (stage.index * steps) / (stage.index + stage.left + 1) : 0;
    const chunks: Latents[][] = [];
    // One by one: each text is known where the next is the same.
    for (const text of texts) chunks.push(await encode(text, step));
    const longest = Math.max(...chunks.map((of) => of.length));
    const [filler] = await encode(parseWhole(""), step);
    const states = chunks.map((of) => inARow([...of, ...new Array<Latents>(longest - of.length).fill(filler!)]));
    return { prompt: stack(states.slice(0, -1)), negative: states.at(-1)!, weights };
  };
}

/** Hidden states of each chunk, (1 positions width). Chunks are encoded one by one, so that none depends on another. */
async function encodeChunks(
  model: TextEncoder,
  sections: readonly (readonly Span[])[],
  skip: number,
): Promise<Latents[]> {
  const states: Latents[] = [];
  for (const { ids, weights } of chunksOf(await model.tokenizer(), sections, model.adapters.words))
    states.push(weigh(await model.encodeIds(ids, skip), weights));
  return states;
}

/** Each position by its weight; then all so that their mean is what it was, as AUTOMATIC1111's web UI does. */
function weigh(states: Latents, weights: readonly number[]): Latents {
  if (weights.every((weight) => weight === 1)) return states;
  const { data, shape } = states;
  const width = shape.at(-1)!;
  const weighed = data.map((value, i) => value * weights[Math.floor(i / width)]!);
  const sum = (values: Float32Array): number => values.reduce((total, value) => total + value, 0);
  const restore = sum(data) / sum(weighed);
  return ndarray(
    weighed.map((value) => value * restore),
    shape,
  );
}

/** Chunks (1 l width) one behind the other. */
function inARow(chunks: readonly Latents[]): Latents {
  const [first] = chunks;
  if (chunks.length === 1) return first!;
  const [, length, width] = first!.shape as [number, number, number];
  return ndarray(stack(chunks).data, [1, chunks.length * length, width]);
}
