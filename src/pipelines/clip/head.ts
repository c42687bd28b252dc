import { UserError } from "../../errors.ts";
import type { Host } from "../../runtime/host.ts";
import { readFloats, readHeader } from "../../weights/safetensors.ts";

/** A linear head on a CLIP's picture vectors: an aesthetic score, or the probability that a picture is unsafe. */
export interface Head {
  /** Of a score the weighted sum, of a probability its logistic function. */
  readonly kind: "score" | "probability";
  readonly weight: Float32Array;
  readonly bias: number;
}

/** The CLIP that a head is for: its `modelDigest`, and the numbers of its vectors. */
export interface HeadModel {
  readonly digest: string;
  readonly width: number;
}

/**
 * Reads a head: a safetensors file with `weight` (1 d) and `bias` (1), whose metadata say what `head` it is and the `digest`
 * of the CLIP that it was trained on. Throws a UserError where that is not the one in use.
 */
export async function readHead(host: Pick<Host, "open">, path: string, { digest, width }: HeadModel): Promise<Head> {
  const source = await host.open(path);
  const { tensors, metadata } = await readHeader(source);
  const [weight, bias] = [tensors.get("weight"), tensors.get("bias")];
  const { head: kind, model = "another model" } = metadata;
  if (weight?.shape.length !== 2 || weight.shape[0] !== 1 || bias?.shape.join() !== "1")
    throw new UserError(`${path} is no linear head: it needs weight (1, d) and bias (1); make one with train head`);
  if (kind !== "score" && kind !== "probability")
    throw new UserError(`${path} does not say whether it gives a score or a probability; make it anew with train head`);
  if (metadata.digest !== digest)
    throw new UserError(
      `${path} was trained on ${model}, whose vectors differ from those of the CLIP in use: name that model with --model, or train a head on this one`,
    );
  if (weight.shape[1] !== width)
    throw new UserError(
      `${path} weighs ${weight.shape[1]} numbers, but the vectors have ${width}; make it anew with train head`,
    );
  const [offset] = await readFloats(source, bias);
  return { kind, weight: await readFloats(source, weight), bias: offset! };
}

/** What a head says of a picture's vector of length 1. */
export function scoreBy({ kind, weight, bias }: Head, vector: Float32Array): number {
  const sum = weight.reduce((total, value, i) => total + value * vector[i]!, bias);
  return kind === "score" ? sum : 1 / (1 + Math.exp(-sum));
}
