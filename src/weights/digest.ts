import type { Host } from "../runtime/host.ts";
import type { Weights } from "./weights.ts";

/** SHA-256 in hexadecimal digits. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Bytes of each weight that are looked at: training changes all of them everywhere. */
const looked = 4096;

/** A line for each weight, by which weights are told apart: name, type, shape and a digest of its beginning. */
export async function beginnings(host: Pick<Host, "open">, weights: Weights): Promise<string[]> {
  const lines: string[] = [];
  for (const key of [...weights.keys()].sort()) {
    const { dtype, shape, file, offset, length } = weights.find(key)!;
    const source = await host.open(`${weights.folder}/${file}`);
    const start = await source.read(offset, offset + Math.min(length, looked));
    lines.push(`${key} ${dtype} ${shape.join("x")} ${await sha256(start)}`);
  }
  return lines;
}
