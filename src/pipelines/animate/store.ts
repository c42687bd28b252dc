import type { Latents } from "../../diffusion/index.ts";
import type { Host } from "../../runtime/host.ts";
import { readHeader, readTensor, toStore, writeSafetensors } from "../../weights/safetensors.ts";

/** Keeps latents by what they were made from. */
export interface LatentStore {
  get(content: string): Promise<Latents | undefined>;
  put(content: string, latents: Latents): Promise<void>;
}

/** Keeps all of them in memory. */
export function latentsInMemory(): LatentStore {
  const kept = new Map<string, Latents>();
  return {
    get: async (content) => kept.get(content),
    put: async (content, latents) => void kept.set(content, latents),
  };
}

/** Keeps each in a file of a folder. `maker` tells apart what else they depend on: the model's weights. */
export function latentsInFolder(
  host: Pick<Host, "open" | "exists" | "write">,
  folder: string,
  maker: string,
): LatentStore {
  const file = async (content: string): Promise<string> => {
    const name = await digest(new TextEncoder().encode(JSON.stringify([maker, content])));
    return `${folder}/${name.slice(0, 2)}/${name}.safetensors`;
  };
  return {
    async get(content) {
      const path = await file(content);
      if (!(await host.exists(path))) return undefined;
      const source = await host.open(path);
      const { tensors } = await readHeader(source);
      return (await readTensor(source, tensors.get("latents")!)) as Latents;
    },
    async put(content, latents) {
      await writeSafetensors(host, await file(content), new Map([["latents", toStore(latents)]]));
    },
  };
}

/** SHA-256 in hexadecimal digits. */
export async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
