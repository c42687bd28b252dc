import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fuzzedReaders, tryRead } from "../support/fuzzed-readers.ts";
import { Chance } from "../support/mutants.ts";

const readers = await fuzzedReaders();

describe.each(readers)("the reader of $name", (reader) => {
  it("reads whole files", async () => {
    for (const seed of reader.seeds) expect(await tryRead(reader, seed)).toBe(true);
  });

  it("reads changed files or refuses them in one line", () =>
    fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        await tryRead(reader, reader.mutant(new Chance(seed)));
      }),
      { numRuns: 300 },
    ));
});
