import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { findTsx } from "./load-module.ts";

/** Starts a module of this folder as a thread; `typescript` says that it will import TypeScript even where it is none. */
export function startThread(name: string, workerData: object, typescript = false): Worker {
  const entry = new URL(`./${name}${extname(import.meta.url)}`, import.meta.url);
  const tsx = typescript || entry.href.endsWith(".ts") ? findTsx() : undefined;
  return tsx === undefined
    ? new Worker(entry, { workerData })
    : new Worker(loadWith, { eval: true, workerData: { ...workerData, tsx, entry: entry.href } });
}

/** Node 20 needs tsx to import TypeScript, registered in every thread anew. */
const loadWith = `
  const { tsx, entry } = require("node:worker_threads").workerData;
  import(tsx).then(({ register }) => { register(); return import(entry); });
`;
