import { closeSync, openSync, readSync } from "node:fs";
import "../../graph/blocked.ts";
import "../../graph/quantized.ts";
import { UserError } from "../../errors.ts";
import type { ExternalData } from "../../onnx/proto.ts";
import { type Preparation, prepare } from "../../runtime/prepare.ts";
import { bf16ToF32, f16ToF32 } from "../../weights/half.ts";
import { weightPath } from "./session.ts";

/** Reads weights and prepares a value of them; a weight in memory that is wanted as it is stays where it is. */
export function prepareHere(preparation: Preparation): ArrayBufferView {
  const { op, weights } = preparation;
  const [first] = weights;
  if (op === "parameter" && !("file" in first!)) return first!.data;
  const files = weights.map((weight) => ("file" in weight ? openSync(weightPath(weight.file), "r") : undefined));
  try {
    return prepare(preparation, (i, start, end, into) => {
      const weight = weights[i]!;
      return "file" in weight
        ? numbers(files[i]!, weight, start, into ?? new Float32Array(piece(i + 1, 4 * (end - start)), 0, end - start))
        : weight.data.subarray(start, end);
    });
  } finally {
    for (const file of files) if (file !== undefined) closeSync(file);
  }
}

/** What is read into the same memory again and again: fresh memory costs more than all the rest. */
const scratch: ArrayBuffer[] = [];

/** The first bytes of a piece of memory that stays. */
function piece(place: number, length: number): ArrayBuffer {
  const known = scratch[place];
  if (known && known.byteLength >= length) return known;
  const larger = new ArrayBuffer(length);
  scratch[place] = larger;
  return larger;
}

/** The numbers of a weight from `start` on that fill `into`. */
function numbers(opened: number, weight: ExternalData, start: number, into: Float32Array<ArrayBuffer>): Float32Array {
  const { dtype, file, offset } = weight;
  if (dtype === "f32") {
    read(opened, file, offset + 4 * start, new Uint8Array(into.buffer, into.byteOffset, into.byteLength));
    return into;
  }
  const stored = piece(0, 2 * into.length);
  read(opened, file, offset + 2 * start, new Uint8Array(stored, 0, 2 * into.length));
  const bits = new Uint16Array(stored, 0, into.length);
  return dtype === "f16" ? f16ToF32(bits, into) : bf16ToF32(bits, into);
}

function read(opened: number, file: string, offset: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    const count = readSync(opened, bytes, at, Math.min(bytes.length - at, 2 ** 30), offset + at);
    if (count === 0)
      throw new UserError(`${weightPath(file)} ends before byte ${offset + bytes.length}; it is cut off`);
    at += count;
  }
}
