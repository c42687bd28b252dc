import { randomUUID } from "node:crypto";
import { open, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Spool } from "../../../runtime/web-pictures.ts";
import { guard, writeFully } from "../files.ts";

/** A file that has no name once it is open, so that the system frees it whatever ends the process. */
export async function openSpool(): Promise<Spool> {
  const path = join(tmpdir(), `latentkit-${randomUUID()}`);
  const file = await guard("write", path, () => open(path, "wx+"));
  await unlink(path);
  let length = 0;
  return {
    async append(bytes) {
      const start = length;
      length += bytes.length;
      await guard("write", path, () => writeFully(file, bytes, start));
      return start;
    },
    async read(start, end) {
      const bytes = new Uint8Array(end - start);
      await file.read(bytes, 0, bytes.length, start);
      return bytes;
    },
    close: () => file.close(),
  };
}
