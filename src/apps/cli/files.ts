import { access, constants, stat } from "node:fs/promises";
import { dirname, extname } from "node:path";
import { UsageError, UserError } from "../../errors.ts";
import { cachedModel, type Part } from "../../host/node/hub/cache.ts";
import { parseHubName } from "../../host/node/hub/name.ts";
import { hubSettings } from "../../host/node/hub/settings.ts";
import { pocketFolder, pocketMusicFolder } from "../../host/node/pocket.ts";
import type { Host, Picture } from "../../runtime/host.ts";
import type { Context } from "./command.ts";
import { pullShown } from "./pulling.ts";

const ownModels: Readonly<Record<string, string>> = { pocket: pocketFolder, "pocket-music": pocketMusicFolder };

/**
 * The folder or file of a model: of the package's own by its name, any other as it is, and one of the hub by its name,
 * which is downloaded unless this disk has it. Throws a UserError where there is none.
 */
export async function modelFolder(
  host: Host,
  name = "pocket",
  context: Pick<Context, "display" | "signal">,
): Promise<string> {
  const own = Object.hasOwn(ownModels, name) ? ownModels[name]! : undefined;
  if (own !== undefined) {
    if (await host.exists(`${own}/model_index.json`)) return own;
    throw new UserError(
      `the model ${name} is missing in ${own}: install latentkit anew, or name a folder with --model`,
    );
  }
  if (await host.exists(name)) return name;
  if (!parseHubName(name))
    throw new UserError(
      `there is no model ${name}: name a folder, a checkpoint, a model of the hub as owner/name, or ${Object.keys(ownModels).join(", ")}`,
    );
  return fromHub(host, name, {}, context);
}

/** The folder of a tokenizer: any as it is, or of a model of the hub, of which nothing else is downloaded. */
export async function tokenizerFolder(
  host: Host,
  name: string,
  context: Pick<Context, "display" | "signal">,
): Promise<string> {
  if ((await host.exists(name)) || !parseHubName(name)) return name;
  return fromHub(host, name, { only: "tokenizer" }, context);
}

async function fromHub(
  host: Host,
  name: string,
  part: Part,
  context: Pick<Context, "display" | "signal">,
): Promise<string> {
  const hubName = parseHubName(name)!;
  const cached = await cachedModel(hubName, hubSettings(), part);
  if (cached !== undefined) return cached;
  const [owner] = name.split("/");
  if (await host.exists(owner!))
    throw new UserError(
      `there is no ${name} in the folder ${owner}; if that is a model of the hub: latentkit pull ${name}`,
    );
  return (await pullShown(hubName, part, context)).path;
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
  if (named === undefined) return { format: "png", paths: await unusedNames(slug(text), ".png", count) };
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

/** A file named after a text that is not there yet. */
export const unusedName = async (text: string, ending: string): Promise<string> =>
  (await unusedNames(slug(text), ending, 1))[0]!;

async function unusedNames(stem: string, ending: string, count: number): Promise<string[]> {
  for (let attempt = 1; ; attempt++) {
    const paths = numbered(attempt === 1 ? stem : `${stem}-${attempt}`, ending, count);
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

export const isFolder = async (path: string): Promise<boolean> => (await kindOf(path)) === "folder";

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
