import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type PgBoss from "pg-boss";
import { UserError } from "../../../errors.ts";
import { guard } from "../files.ts";
import { withLock } from "../hub/lock.ts";

/** A PostgreSQL that pg-boss can work with. */
export interface Database {
  /** What messages call it: without a password. */
  readonly name: string;
  readonly options: Pick<PgBoss.ConstructorOptions, "connectionString" | "max" | "db">;
  close(): Promise<void>;
}

/** Milliseconds to wait for another process that is about to end. */
const patience = 2000;

/**
 * A PostgreSQL by its URL, which many machines may use; or, by a folder, one inside this process. Throws a UserError where
 * its package is missing or another process has the folder.
 */
export async function openDatabase(place: string): Promise<Database> {
  if (/^postgres(ql)?:\/\//.test(place)) {
    await optional("pg", () => import("pg"));
    return { name: nameOf(place), options: { connectionString: place, max: 8 }, close: async () => {} };
  }
  if (/^\w+:\/\//.test(place))
    throw new UserError(`${nameOf(place)} is no database: give postgres://user:password@host/name, or a folder`);
  const { PGlite } = await optional("@electric-sql/pglite", () => import("@electric-sql/pglite"));
  const folder = resolve(place);
  await guard("write", folder, () => mkdir(dirname(folder), { recursive: true }));
  const release = await lock(folder, place);
  try {
    const lite = await PGlite.create(folder);
    return {
      name: place,
      options: {
        db: {
          // Statements without values may be several.
          executeSql: async (text, values) =>
            values === undefined
              ? { rows: (await lite.exec(text)).flatMap(({ rows }) => rows) }
              : lite.query(text, values),
        },
      },
      close: () => lite.close().finally(release),
    };
  } catch (error) {
    await release();
    throw new UserError(`the database in ${place} cannot be opened: ${(error as Error).message.split("\n")[0]}`);
  }
}

/** Keeps other processes out of a folder, until the function that is returned is called. */
async function lock(folder: string, place: string): Promise<() => Promise<void>> {
  let done = (): void => {};
  const until = new Promise<void>((resolve) => {
    done = resolve;
  });
  return new Promise((resolve, reject) => {
    const held = withLock(`${folder}.lock`, AbortSignal.timeout(patience), async () => {
      resolve(async () => {
        done();
        await held;
      });
      await until;
    });
    held.catch(() =>
      reject(new UserError(`the database in ${place} is another process's: several need one by postgres://…`)),
    );
  });
}

/** Loads an optional package. Throws a UserError that says how to add it. */
export async function optional<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw new UserError(`this needs a package that is not there: npm install pg-boss ${name}`, { cause: error });
  }
}

function nameOf(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname}`;
  } catch {
    return "the database";
  }
}
