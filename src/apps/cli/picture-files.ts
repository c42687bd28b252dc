import type { Dirent, Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { UserError } from "../../errors.ts";

const isPicture = (name: string): boolean => /\.(png|jpe?g|webp|avif|gif|tiff?)$/i.test(name);

/** The files that are named, and of folders all pictures in and below them, by name. Throws where a folder has none. */
export async function pictureFiles(named: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of named) {
    const kind: Stats | undefined = await stat(path).catch(() => undefined);
    if (!kind?.isDirectory()) {
      files.push(path);
      continue;
    }
    const inside = (await readdir(path, { recursive: true, withFileTypes: true }))
      .filter((entry) => !entry.isDirectory() && isPicture(entry.name))
      .map((entry: Dirent) => join(entry.parentPath, entry.name))
      .sort();
    if (inside.length === 0) throw new UserError(`${path} holds no pictures; name a folder with PNG or JPEG files`);
    for (const file of inside) files.push(file);
  }
  return files;
}

/** What a picture shows where its folder's name says so: `pictures/polar_bear/1.png` shows a polar bear. */
export const labelOfFolder = (path: string): string => basename(dirname(resolve(path))).replaceAll("_", " ");
