/**
 * What to call a model by its path: the last name in it; for one in the hub's cache, where that is a commit's, the
 * repository's name, with that of the file in it if it is one.
 */
export function modelName(path: string): string {
  const [, owner, name, file = ""] = /models--(.+?)--([^/\\]+)[/\\]snapshots[/\\][^/\\]+([/\\].+)?$/.exec(path) ?? [];
  if (owner !== undefined) return `${owner}/${name}${file.replaceAll("\\", "/")}`;
  return path.slice(path.lastIndexOf("/") + 1);
}
