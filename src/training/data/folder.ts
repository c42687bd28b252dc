import { UserError } from "../../errors.ts";
import type { Host } from "../../runtime/host.ts";
import { decodeText, isPicture, type Sample, splitEnding } from "./samples.ts";

const metadataName = "metadata.jsonl";

/**
 * The pictures of a folder in the order of their names, captioned by metadata.jsonl (one {"file_name", "text"} a line)
 * or by a text file of the same name beside each picture. A folder without any captions is fine for an autoencoder: all
 * are empty then. Captions are read at once, so that a bad one is found before training. Throws UserError.
 */
export async function folderSamples(host: Host, folder: string): Promise<Sample[]> {
  const names = await host.list(folder);
  const pictures = names.filter((name) => isPicture(splitEnding(name)[1]));
  if (pictures.length === 0) throw new UserError(`${folder} holds no pictures; name a folder with PNG or JPEG files`);
  const captions = (await captionsIn(host, folder, pictures)) ?? pictures.map(() => "");
  return pictures.map((name, i) => ({
    name: `${folder}/${name}`,
    picture: () => readAll(host, `${folder}/${name}`),
    caption: async () => captions[i]!,
  }));
}

/** Captions of some files of a folder, as `folderSamples` finds them; undefined where there are none at all. */
export async function captionsIn(host: Host, folder: string, files: readonly string[]): Promise<string[] | undefined> {
  const names = await host.list(folder);
  return names.includes(metadataName)
    ? listedCaptions(host, folder, files)
    : captionsBeside(host, folder, files, new Set(names));
}

async function readAll(host: Host, path: string): Promise<Uint8Array> {
  const file = await host.open(path);
  return file.read(0, file.size);
}

const readText = async (host: Host, path: string): Promise<string> => decodeText(await readAll(host, path), path);

async function captionsBeside(
  host: Host,
  folder: string,
  files: readonly string[],
  names: ReadonlySet<string>,
): Promise<string[] | undefined> {
  const texts = files.map((name) => `${splitEnding(name)[0]}.txt`);
  if (!texts.some((text) => names.has(text))) return undefined;
  const captions: string[] = [];
  for (const [i, text] of texts.entries()) {
    if (!names.has(text)) throw new UserError(`${folder}/${files[i]} has no caption; write one to ${text}`);
    captions.push(await readText(host, `${folder}/${text}`));
  }
  return captions;
}

async function listedCaptions(host: Host, folder: string, files: readonly string[]): Promise<string[]> {
  const path = `${folder}/${metadataName}`;
  const lines = (await readText(host, path)).split("\n");
  const texts = new Map<string, string>();
  for (const [i, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const [name, text] = captionLine(line, `${path}, line ${i + 1}`);
    texts.set(name, text);
  }
  return files.map((name) => {
    const text = texts.get(name);
    if (text === undefined) throw new UserError(`${path} has no line for ${name}; add one or remove the file`);
    return text;
  });
}

/** File name and text of a line of metadata.jsonl. Throws a UserError that says `where`. */
export function captionLine(line: string, where: string): [name: string, text: string] {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new UserError(`${where} is not JSON; write {"file_name": "…", "text": "…"}`);
  }
  const { file_name: name, text } = (value ?? {}) as Record<string, unknown>;
  if (typeof name !== "string" || typeof text !== "string")
    throw new UserError(`${where} needs the texts "file_name" and "text"`);
  return [name, text];
}
