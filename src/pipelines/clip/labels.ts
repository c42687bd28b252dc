import { UserError } from "../../errors.ts";
import type { Host } from "../../runtime/host.ts";
import { ndarray } from "../../runtime/ndarray.ts";
import { sha256 } from "../../weights/digest.ts";
import { readHeader, readTensor, toStore, writeSafetensors } from "../../weights/safetensors.ts";
import { atOnce, type ClipModel, type Embeddings } from "./clip.ts";
import { fillIn } from "./templates.ts";

/** What pictures may show, as a classifier: `neutral` stands for anything. */
export interface LabelSet {
  readonly labels: readonly string[];
  /** (labels projection) */
  readonly embeddings: Embeddings;
  /** (1 projection) */
  readonly neutral: Embeddings;
}

/** How far the labels are read. */
export interface LabelProgress {
  readonly done: number;
  readonly total: number;
}

/** What the templates say of a picture where nothing is known of it. */
const anything = "something";

/**
 * A classifier of labels and templates (`a picture of a {}`). With a folder as `cache` it is kept there, by the content of
 * all that decides it: the text tower and what that reads.
 */
export async function* readLabels(
  model: ClipModel,
  labels: readonly string[],
  templates: readonly string[],
  cache?: string,
): AsyncGenerator<LabelProgress, LabelSet> {
  const all = [...labels, anything];
  const width = model.config.projection;
  const path = cache === undefined ? undefined : `${cache}/${await keyOf(model, all, templates)}.safetensors`;
  const shape = [all.length, width] as const;
  let embeddings = path === undefined ? undefined : await cached(model.host, path, shape);
  if (!embeddings) {
    const data = new Float32Array(all.length * width);
    const some = Math.max(1, Math.floor(atOnce.texts / templates.length));
    for (let start = 0; start < all.length; start += some) {
      yield { done: start, total: all.length };
      data.set((await embedLabels(model, all.slice(start, start + some), templates)).data, start * width);
    }
    yield { done: all.length, total: all.length };
    embeddings = ndarray(data, shape);
    // What cannot be kept is made again next time.
    if (path !== undefined) await keep(model.host, path, embeddings).catch(ignoreUserError);
  }
  const end = labels.length * width;
  return {
    labels,
    embeddings: ndarray(embeddings.data.slice(0, end), [labels.length, width]),
    neutral: ndarray(embeddings.data.slice(end), [1, width]),
  };
}

/**
 * An embedding for each label: of the label in a template (`a picture of a {}`), or the mean over several templates
 * (Radford et al. 2021, section 3.1.4).
 */
export async function embedLabels(
  model: ClipModel,
  labels: readonly string[],
  templates: readonly string[],
): Promise<Embeddings> {
  const { data } = await model.embedTexts(textsOf(labels, templates));
  const width = model.config.projection;
  const means = new Float32Array(labels.length * width);
  for (const [i, value] of data.entries())
    means[Math.floor(i / (templates.length * width)) * width + (i % width)]! += value;
  for (let start = 0; start < means.length; start += width) {
    const mean = means.subarray(start, start + width);
    const length = Math.hypot(...mean);
    for (const [i, value] of mean.entries()) mean[i] = value / length;
  }
  return ndarray(means, [labels.length, width]);
}

const textsOf = (labels: readonly string[], templates: readonly string[]): string[] =>
  labels.flatMap((label) => templates.map((template) => fillIn(template, label)));

async function keyOf(model: ClipModel, labels: readonly string[], templates: readonly string[]): Promise<string> {
  const read = Int32Array.from(model.tokenIds(textsOf(labels, templates)));
  const ids = await sha256(new Uint8Array(read.buffer));
  return sha256(new TextEncoder().encode(`${await model.textDigest()} ${templates.length} ${ids}`));
}

async function cached(host: Host, path: string, shape: readonly [number, number]): Promise<Embeddings | undefined> {
  try {
    if (!(await host.exists(path))) return undefined;
    const source = await host.open(path);
    const tensor = (await readHeader(source)).tensors.get("embeddings");
    if (tensor?.dtype !== "F32" || tensor.shape.join() !== shape.join()) return undefined;
    return (await readTensor(source, tensor)) as Embeddings;
  } catch (error) {
    return ignoreUserError(error);
  }
}

const keep = (host: Host, path: string, embeddings: Embeddings): Promise<void> =>
  writeSafetensors(host, path, new Map([["embeddings", toStore(embeddings)]]));

function ignoreUserError(error: unknown): undefined {
  if (!(error instanceof UserError)) throw error;
}
