import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { writeRandomModel } from "./tiny-model.ts";

/** A folder with a random model, which is there until a file's tests are done. */
export async function randomModelFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "random-model-"));
  afterAll(() => rm(folder, { recursive: true }));
  await writeRandomModel(folder);
  return folder;
}
