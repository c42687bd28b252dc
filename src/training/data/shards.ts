import { UserError } from "../../errors.ts";
import type { Host } from "../../runtime/host.ts";
import { decodeText, isPicture, type Sample } from "./samples.ts";
import { readTar, type TarEntry } from "./tar.ts";

/** "data-{000..012}.tar" → thirteen names. */
export function expandBraces(pattern: string): string[] {
  const range = /\{(\d+)\.\.(\d+)\}/.exec(pattern);
  if (range === null) return [pattern];
  const [whole, first, last] = range as unknown as [string, string, string];
  if (Number(last) < Number(first) || Number(last) - Number(first) > 1e6)
    throw new UserError(`${pattern}: ${whole} is no range; write the smaller number first`);
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) =>
    pattern.replace(whole, String(Number(first) + i).padStart(first.length, "0")),
  ).flatMap(expandBraces);
}

/**
 * The samples of WebDataset shards: files that share a name up to the first dot of its last part (key.jpg, key.txt,
 * key.json) belong together. `shards` is a folder with tar files, one tar file, or a name with a range. The archives'
 * headers are read at once, everything else when it is drawn. Throws UserError.
 */
export async function shardSamples(host: Host, shards: string): Promise<Sample[]> {
  const paths = shards.endsWith(".tar")
    ? expandBraces(shards)
    : (await host.list(shards)).filter((name) => name.endsWith(".tar")).map((name) => `${shards}/${name}`);
  const samples: Sample[] = [];
  for (const path of paths) samples.push(...(await samplesOf(host, path)));
  if (samples.length === 0) throw new UserError(`${shards} holds no pictures; name a folder with WebDataset tar files`);
  return samples;
}

async function samplesOf(host: Host, path: string): Promise<Sample[]> {
  const source = await host.open(path);
  const groups = new Map<string, Map<string, TarEntry>>();
  for (const entry of await readTar(source)) {
    const dot = entry.name.indexOf(".", entry.name.lastIndexOf("/") + 1);
    if (dot < 0) continue;
    const key = entry.name.slice(0, dot);
    const files = groups.get(key) ?? new Map<string, TarEntry>();
    groups.set(key, files.set(entry.name.slice(dot + 1).toLowerCase(), entry));
  }
  const read = ({ start, end }: TarEntry): Promise<Uint8Array> => source.read(start, end);
  const text = async (entry: TarEntry): Promise<string> => decodeText(await read(entry), `${path}: ${entry.name}`);
  const samples: Sample[] = [];
  for (const files of groups.values()) {
    const picture = [...files].find(([ending]) => isPicture(ending))?.[1];
    if (picture === undefined) continue;
    const [txt, json] = [files.get("txt"), files.get("json")];
    samples.push({
      name: `${path}: ${picture.name}`,
      picture: () => read(picture),
      caption: async () => {
        if (txt !== undefined) return text(txt);
        return json === undefined ? "" : captionIn(await text(json), `${path}: ${json.name}`);
      },
    });
  }
  return samples;
}

function captionIn(json: string, where: string): string {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new UserError(`${where} is not JSON; write the shard again`);
  }
  const caption = ((value ?? {}) as Record<string, unknown>).caption;
  if (typeof caption !== "string") throw new UserError(`${where} has no text "caption"; add it or a .txt file`);
  return caption;
}
