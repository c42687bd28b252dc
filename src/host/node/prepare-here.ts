import { closeSync, openSync, readSync } from "node:fs";
import "../../graph/blocked.ts";
import "../../graph/quantized.ts";
import { UserError } from "../../errors.ts";
import type { WeightData } from "../../onnx/emit.ts";
import type { ExternalData } from "../../onnx/proto.ts";
import { type Preparation, prepare } from "../../runtime/prepare.ts";
import { bf16ToF32, f16ToF32 } from "../../weights/half.ts";
import { weightPath } from "./session.ts";

/**
 * Reads weights and prepares a value of them. What lies between is read into the same memory again and again: fresh memory
 * costs more than all the rest.
 */
export function prepareHere(preparation: Preparation): ArrayBufferView {
  const keeps = preparation.op === "parameter";
  return prepare(
    preparation,
    preparation.weights.map((weight, i) => numbers(weight, keeps ? undefined : i)),
  );
}

const scratch: ArrayBuffer[] = [];

/** The first bytes of a piece of memory that stays. */
function piece(place: number, length: number): ArrayBuffer {
  const known = scratch[place];
  if (known && known.byteLength >= length) return known;
  const larger = new ArrayBuffer(length);
  scratch[place] = larger;
  return larger;
}

/** A weight's numbers: in memory of their own, or in the piece of that number. */
function numbers(weight: WeightData, place: number | undefined): Float32Array {
  if (!("file" in weight)) return weight.data;
  const count = weight.length / (weight.dtype === "f32" ? 4 : 2);
  const into = new Float32Array(
    place === undefined ? new ArrayBuffer(4 * count) : piece(place + 1, 4 * count),
    0,
    count,
  );
  if (weight.dtype === "f32") {
    read(weight, new Uint8Array(into.buffer, 0, weight.length));
    return into;
  }
  const stored = piece(0, weight.length);
  read(weight, new Uint8Array(stored, 0, weight.length));
  const bits = new Uint16Array(stored, 0, count);
  return weight.dtype === "f16" ? f16ToF32(bits, into) : bf16ToF32(bits, into);
}

function read({ file, offset }: ExternalData, bytes: Uint8Array): void {
  const path = weightPath(file);
  const opened = openSync(path, "r");
  try {
    for (let at = 0; at < bytes.length; ) {
      const count = readSync(opened, bytes, at, Math.min(bytes.length - at, 2 ** 30), offset + at);
      if (count === 0) throw new UserError(`${path} ends before byte ${offset + bytes.length}; it is cut off`);
      at += count;
    }
  } finally {
    closeSync(opened);
  }
}
