import { access, constants, stat } from "node:fs/promises";
import { dirname, extname } from "node:path";
import { UsageError, UserError } from "../../errors.ts";
import { pocketFolder } from "../../host/node/pocket.ts";
import type { Host, Picture } from "../../runtime/host.ts";

/** The folder of a model: of the package's own by its name, or any other as it is. Throws a UserError where none is. */
export async function modelFolder(host: Host, name = "pocket"): Promise<string> {
  if (name === "pocket") {
    if (await host.exists(`${pocketFolder}/model_index.json`)) return pocketFolder;
    throw new UserError(
      `the model pocket is missing in ${pocketFolder}: install latentkit anew, or name a folder with --model`,
    );
  }
  if (await host.exists(name)) return name;
  throw new UserError(`there is no model ${name}: give --model a folder in the layout of diffusers, or pocket`);
}

export async function readPicture(host: Host, path: string): Promise<Picture> {
  return host.decodePicture(await readBytes(host, path), path);
}

export async function readBytes(host: Host, path: string): Promise<Uint8Array> {
  const source = await host.open(path);
  return source.read(0, source.size);
}

const formats = { ".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp" } as const;

export type PictureFormat = (typeof formats)[keyof typeof formats];

/** Where pictures go. */
export interface Output {
  readonly format: PictureFormat;
  readonly paths: readonly string[];
}

/**
 * The files for `count` pictures: the one that was named, numbered before its ending where there are several; or ones
 * named after the text that are not there yet. Throws where they could not be written, so that nobody draws in vain.
 */
export async function planOutput(named: string | undefined, text: string, count: number): Promise<Output> {
  if (named === undefined) return { format: "png", paths: await unusedNames(slug(text), count) };
  const ending = extname(named).toLowerCase();
  const format = Object.hasOwn(formats, ending) ? formats[ending as keyof typeof formats] : undefined;
  if (!format) throw new UsageError(`--output ${named} does not end in .png, .jpg or .webp, which decide the format`);
  const stem = named.slice(0, named.length - ending.length);
  const paths = numbered(stem, named.slice(stem.length), count);
  for (const path of paths) await checkWritable(path);
  return { format, paths };
}

const numbered = (stem: string, ending: string, count: number): string[] =>
  count === 1 ? [`${stem}${ending}`] : Array.from({ length: count }, (_, i) => `${stem}-${i + 1}${ending}`);

async function unusedNames(stem: string, count: number): Promise<string[]> {
  for (let attempt = 1; ; attempt++) {
    const paths = numbered(attempt === 1 ? stem : `${stem}-${attempt}`, ".png", count);
    const taken = await Promise.all(paths.map(kindOf));
    if (taken.every((kind) => kind === "nothing")) {
      await checkWritable(paths[0]!);
      return paths;
    }
  }
}

/** `a-picture-of-a-bear`, of any script's letters and digits. */
function slug(text: string): string {
  const words = text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return words.join("-").slice(0, 60).replace(/-$/, "") || "picture";
}

async function kindOf(path: string): Promise<"nothing" | "folder" | "file"> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "file";
  } catch {
    return "nothing";
  }
}

/** Throws a UserError where a file could not be written. */
export async function checkWritable(path: string): Promise<void> {
  if ((await kindOf(path)) === "folder") throw new UserError(`cannot write ${path}: it is a folder; name a file in it`);
  let folder = dirname(path);
  // Folders that are missing will be made.
  while ((await kindOf(folder)) === "nothing" && dirname(folder) !== folder) folder = dirname(folder);
  if ((await kindOf(folder)) === "file") throw new UserError(`cannot write ${path}: ${folder} is a file, not a folder`);
  try {
    await access(folder, constants.W_OK);
  } catch {
    throw new UserError(`cannot write ${path}: no permission to write in the folder ${folder}`);
  }
}
