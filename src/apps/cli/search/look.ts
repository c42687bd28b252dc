import { resolve } from "node:path";
import { nodeHost } from "../../../host/node.ts";
import type { DeviceOptions } from "../../../pipelines/model/diffusion-model.ts";
import { duplicates } from "../../../pipelines/search/duplicates.ts";
import { numberIn, textIn } from "../../../pipelines/search/table.ts";
import type { Context } from "../command.ts";
import { table as aligned } from "../table.ts";
import { openIndex } from "./open.ts";

export interface DuplicatesCommand {
  readonly index: string;
  readonly threshold: number | undefined;
  readonly where: string | undefined;
  readonly engine: DeviceOptions;
}

export async function duplicatesCommand(given: DuplicatesCommand, context: Context): Promise<void> {
  const { index, threshold, where, engine } = given;
  const { signal, display } = context;
  const table = await openIndex(index);
  try {
    const steps = duplicates({
      host: nodeHost(),
      table,
      where,
      engine,
      signal,
      ...(threshold !== undefined && { threshold }),
    });
    let step = await steps.next();
    for (; !step.done; step = await steps.next()) display.progress({ ...step.value, label: "comparing" });
    const groups = step.value.map((group) =>
      group.map((row) => ({
        id: numberIn(row, "id"),
        file: `${textIn(row, "root")}/${textIn(row, "path")}`,
        width: numberIn(row, "width"),
        height: numberIn(row, "height"),
      })),
    );
    const lines = groups.map((group) =>
      group.map(({ file, width, height }, i) => `${i === 0 ? "" : "  "}${file}  ${width}x${height}`).join("\n"),
    );
    const spare = groups.reduce((sum, group) => sum + group.length - 1, 0);
    const total = `${groups.length} groups, in which ${spare} pictures are near-duplicates of a first one`;
    context.result({ index, groups }, [...lines, total].join("\n"));
  } finally {
    table.close();
  }
}

export async function infoCommand(index: string, context: Context): Promise<void> {
  const table = await openIndex(index);
  try {
    const folders = new Map<string, number>();
    for await (const rows of table.scan(["root"]))
      for (const row of rows) folders.set(textIn(row, "root")!, (folders.get(textIn(row, "root")!) ?? 0) + 1);
    const pictures = await table.count();
    const approximate = await table.isApproximate();
    const { model, digest } = table.about;
    const facts = { index: resolve(index), pictures, model, digest, numbers: table.width, approximate };
    const rows = [
      ["pictures", String(pictures)],
      ["model", `${model} (${digest?.slice(0, 12)})`],
      ["numbers in a vector", String(table.width)],
      ["searches", approximate ? "approximate" : "exact"],
      ...Array.from(folders, ([folder, count]) => [folder, String(count)]),
    ];
    context.result({ ...facts, folders: Object.fromEntries(folders) }, aligned(["", ""], rows).trimStart());
  } finally {
    table.close();
  }
}
