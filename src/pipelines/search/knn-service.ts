import { UserError } from "../../errors.ts";
import type { VectorTable } from "../../runtime/vector-table.ts";
import type { ClipModel } from "../clip/clip.ts";
import { queryVector, type Term } from "./query.ts";
import { type Hit, search } from "./search.ts";

/** The fields of a request to clip-retrieval's /knn-service that are heeded; others are passed over. */
export interface KnnRequest {
  readonly text?: string | null;
  /** A picture file in base64. */
  readonly image?: string | null;
  readonly image_url?: string | null;
  readonly embedding_input?: readonly number[] | null;
  readonly modality?: string;
  /** Pictures to return, with captions and thumbnails. */
  readonly num_images?: number;
  /** Results, of which those beyond `num_images` have only an id. */
  readonly num_result_ids?: number;
  readonly deduplicate?: boolean;
  /** 0 to 9; "" and null are none. */
  readonly aesthetic_score?: number | string | null;
  readonly aesthetic_weight?: number | string | null;
}

export interface KnnResult {
  readonly id: number;
  readonly similarity: number;
  readonly url?: string;
  readonly caption?: string;
  /** A small PNG, JPEG or WebP in base64. */
  readonly image?: string;
}

export interface KnnService {
  readonly table: VectorTable;
  readonly model: ClipModel;
  /** Where a browser gets a picture; by default its path. */
  urlOf?(hit: Hit): string;
  /** Ten directions, from ugly to beautiful; without them scores are passed over. */
  readonly aesthetics?: readonly Float32Array[];
}

/** Results of the largest request. */
const mostResults = 10_000;

/** Answers a request as clip-retrieval's server would. Throws a UserError for what cannot be answered. */
export async function knnService(service: KnnService, request: KnnRequest): Promise<KnnResult[]> {
  const { table, model, urlOf = ({ file }) => file, aesthetics } = service;
  const { modality = "image", num_images: images = 40, deduplicate = false } = request;
  if (modality !== "image")
    throw new UserError(`modality is ${JSON.stringify(modality)}, but this index holds pictures: make it "image"`);
  const shown = whole("num_images", images);
  const count = Math.max(shown, whole("num_result_ids", request.num_result_ids ?? shown));
  const query = await queryVector(model, [askedFor(request)], leans(request, aesthetics));
  const hits = await search(table, query, { count, deduplicate });
  return hits.map((hit, i) => {
    const { id, similarity, caption, thumbnail } = hit;
    if (i >= shown) return { id, similarity };
    return {
      id,
      similarity,
      url: urlOf(hit),
      ...(caption !== undefined && { caption }),
      image: toBase64(thumbnail),
    };
  });
}

function askedFor({ text, image, image_url, embedding_input: vector }: KnnRequest): Term {
  if (vector) {
    if (!vector.every((value) => Number.isFinite(value)))
      throw new UserError("embedding_input must be a list of numbers");
    return { vector: Float32Array.from(vector) };
  }
  if (image) return { picture: fromBase64(image) };
  if (text) return { text };
  throw new UserError(
    image_url
      ? "image_url is not fetched: send the picture itself as image, in base64"
      : "say what to look for: text, image or embedding_input",
  );
}

function leans({ aesthetic_score: score, aesthetic_weight: weight }: KnnRequest, aesthetics?: readonly Float32Array[]) {
  if (score === undefined || score === null || score === "" || !aesthetics) return [];
  const vector = aesthetics[Math.floor(Number(score))];
  if (!vector) throw new UserError(`aesthetic_score is ${JSON.stringify(score)}, but must be from 0 to 9`);
  const strength = Number(weight ?? 0);
  if (!Number.isFinite(strength))
    throw new UserError(`aesthetic_weight is ${JSON.stringify(weight)}, but must be a number`);
  return [{ vector, weight: strength }];
}

function whole(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= mostResults) return value;
  throw new UserError(`${name} is ${JSON.stringify(value)}, but must be a whole number from 1 to ${mostResults}`);
}

function fromBase64(text: string): Uint8Array {
  try {
    // Browsers put "data:image/png;base64," before.
    return Uint8Array.from(atob(text.slice(text.indexOf(",") + 1)), (char) => char.charCodeAt(0));
  } catch {
    throw new UserError("image is not base64");
  }
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
