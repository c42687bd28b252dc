import type { ByteSource } from "../runtime/host.ts";
import { readHeader } from "./safetensors.ts";
import type { Contents } from "./stored.ts";
import { readTorchFile } from "./torch/torch-file.ts";

/** Lists the tensors of a weight file, of the format that its first bytes tell; their numbers stay in the file. */
export async function readContents(source: ByteSource): Promise<Contents> {
  const start = await source.read(0, Math.min(9, source.size));
  const isZip = start[0] === 0x50 && start[1] === 0x4b; // PK
  const isPickle = start[0] === 0x80 && start[1]! <= 5; // PROTO
  // A safetensors header may be of a length with the same bytes, but its JSON follows.
  if ((isZip || isPickle) && start[8] !== 0x7b) return readTorchFile(source, isZip);
  return { format: "safetensors", ...(await readHeader(source)) };
}
