import { resolve } from "node:path";
import { createTable, openTable } from "../../../host/node/lance/table.ts";
import { openSee } from "../../../host/node/see.ts";
import { walk } from "../../../host/node/walk.ts";
import { type Built, buildIndex } from "../../../pipelines/search/build.ts";
import { checkModel, formOf } from "../../../pipelines/search/table.ts";
import type { Context } from "../command.ts";
import { type GivenModel, openModel, placeOf } from "./open.ts";

export interface BuildCommand {
  readonly folder: string;
  readonly into: string;
  readonly model: GivenModel;
}

export async function buildCommand({ folder, into, model: given }: BuildCommand, context: Context): Promise<void> {
  const root = resolve(folder).replaceAll("\\", "/");
  // Nothing is made for a folder that is not there.
  await walk(root).next();
  const existing = await openTable(placeOf(into));
  const { host, model, identity } = await openModel(
    // Pictures are decoded beside it, on the same processors.
    { ...given, engine: { ...given.engine, patient: true } },
    existing?.about.model ?? "pocket",
    context,
  );
  if (existing) checkModel(existing, identity);
  const table = existing ?? (await createTable(placeOf(into), formOf(identity, model.config.projection)));
  const began = performance.now();
  const { signal, display } = context;
  const { see, close } = openSee(model.preprocessing);
  try {
    const steps = buildIndex({ host, walk, see, table, model, root, signal });
    for (;;) {
      const step = await steps.next();
      if (step.done) {
        const seconds = (performance.now() - began) / 1000;
        context.result({ index: into, model: identity, seconds, ...step.value }, describe(into, step.value));
        return;
      }
      const { done, total, embedded } = step.value;
      display.progress({ done, total, label: "indexing", detail: `${embedded} embedded` });
    }
  } finally {
    await close();
    table.close();
    await model.close();
  }
}

/** Pictures that are named on a terminal; --json names more. */
const mostShown = 10;

function describe(index: string, built: Built): string {
  const { rows, added, changed, unchanged, removed, broken, recall, named } = built;
  const lines = [
    `${index}: ${rows} pictures; ${added} added, ${changed} changed, ${unchanged} as they were, ${removed} removed, ${broken} unreadable`,
    ...named.broken.slice(0, mostShown).map(({ path, text }) => `  ${path}: ${text}`),
    ...(broken > mostShown ? [`  and ${broken - mostShown} more that cannot be read; --json names them`] : []),
    ...named.remarks.slice(0, mostShown).map(({ path, text }) => `  ${path} ${text}`),
    ...(named.remarks.length > mostShown ? [`  and ${named.remarks.length - mostShown} more remarks; see --json`] : []),
  ];
  if (recall)
    lines.push(
      `searches are approximate: they find ${(100 * recall.found).toFixed(1)} % of the ${recall.nearest} nearest`,
    );
  return lines.join("\n");
}
