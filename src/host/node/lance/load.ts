import { createRequire } from "node:module";
import { UserError } from "../../../errors.ts";

export type Lance = typeof import("@lancedb/lancedb");
export type Arrow = typeof import("apache-arrow");

/** LanceDB and Arrow, where the optional packages are there. Throws a UserError that says how to add them. */
export async function loadLance(): Promise<{ readonly lance: Lance; readonly arrow: Arrow }> {
  // Its warnings would come between the program's lines; it reads this when it is loaded.
  process.env.LANCEDB_LOG ??= "error";
  try {
    const lance = await import("@lancedb/lancedb");
    // LanceDB only takes the objects of its own copy of Arrow, which an import here would not give.
    const arrow = createRequire(import.meta.resolve("@lancedb/lancedb"))("apache-arrow") as Arrow;
    return { lance, arrow };
  } catch (error) {
    throw new UserError("an index needs LanceDB: npm install @lancedb/lancedb apache-arrow", { cause: error });
  }
}
