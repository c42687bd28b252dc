import { readdir, stat } from "node:fs/promises";
import { UserError } from "../../errors.ts";
import type { Folder } from "../../runtime/picture-files.ts";
import { guard } from "./files.ts";

/** A folder and all folders below it, in the order of their names. Throws a UserError where there is no such folder. */
export async function* walk(root: string): AsyncGenerator<Folder> {
  if (!(await guard("read", root, () => stat(root))).isDirectory())
    throw new UserError(`${root} is not a folder; name one with pictures`);
  const waiting = [""];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const folder = path === "" ? root : `${root}/${path}`;
    const within = (name: string): string => (path === "" ? name : `${path}/${name}`);
    try {
      const entries = await guard("read", folder, () => readdir(folder, { withFileTypes: true }));
      const names = (ofKind: boolean): string[] =>
        entries.flatMap((entry) => (entry.isDirectory() === ofKind ? entry.name : [])).sort();
      yield { path, names: names(false) };
      waiting.push(...names(true).reverse().map(within));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      yield { path, names: [], problem: error.message };
    }
  }
}
