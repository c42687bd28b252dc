import { UserError } from "../../src/errors.ts";
import type { Host } from "../../src/runtime/host.ts";

/** The file side of a host, in memory; `reads` lists the ranges asked for. */
export interface MemoryFiles extends Pick<Host, "open" | "exists" | "list" | "write"> {
  readonly files: Map<string, Uint8Array>;
  readonly reads: { readonly name: string; readonly start: number; readonly end: number }[];
}

export function memoryFiles(files: Record<string, Uint8Array | string> = {}): MemoryFiles {
  const encode = (data: Uint8Array | string): Uint8Array =>
    typeof data === "string" ? new TextEncoder().encode(data) : data;
  const held = new Map(Object.entries(files).map(([path, data]) => [path, encode(data)]));
  const reads: MemoryFiles["reads"] = [];
  const names = (folder: string): Set<string> =>
    new Set(
      [...held.keys()].filter((p) => p.startsWith(`${folder}/`)).map((p) => p.slice(folder.length + 1).split("/")[0]!),
    );
  return {
    files: held,
    reads,
    async open(path) {
      const data = held.get(path);
      if (!data) throw new UserError(`cannot read ${path}: there is no such file`);
      return {
        name: path,
        size: data.length,
        async read(start, end) {
          reads.push({ name: path, start, end });
          if (end > data.length) throw new UserError(`${path} ends before ${end}`);
          return data.slice(start, end);
        },
      };
    },
    exists: async (path) => held.has(path) || names(path).size > 0,
    list: async (folder) => [...names(folder)].sort(),
    async write(path, chunks) {
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks) parts.push(chunk.slice());
      held.set(path, new Uint8Array(Buffer.concat(parts)));
    },
  };
}
