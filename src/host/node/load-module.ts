import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** Imports a JavaScript or TypeScript file by its path. */
export async function loadModule(path: string): Promise<unknown> {
  const { href } = pathToFileURL(resolve(path));
  // Node 20 needs tsx to import TypeScript.
  const tsx = href.endsWith(".ts") ? findTsx() : undefined;
  if (tsx !== undefined) ((await import(tsx)) as { register(): void }).register();
  return import(href);
}

/** URL of tsx's programming interface; undefined where it is not installed: newer versions of Node do without. */
export function findTsx(): string | undefined {
  try {
    return import.meta.resolve("tsx/esm/api");
  } catch {
    return undefined;
  }
}
