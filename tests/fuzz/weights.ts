import { parseArgs } from "node:util";
import { fuzzedReaders, tryRead } from "../support/fuzzed-readers.ts";
import { Chance } from "../support/mutants.ts";

/**
 * Throws changed files at every reader of foreign files, as many as it is told: `npx tsx tests/fuzz/weights.ts --runs
 * 100000 --seed 1 [--reader "zip pickle"]`. Ends at the first that is neither read nor refused in one line, or takes too
 * long or too much memory, and prints it.
 */
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    reader: { type: "string" },
  },
});

for (const reader of await fuzzedReaders()) {
  if (values.reader !== undefined && values.reader !== reader.name) continue;
  const chance = new Chance(Number(values.seed));
  const began = performance.now();
  const runs = Number(values.runs);
  let read = 0;
  let slowest = 0;
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    if (await tryRead(reader, reader.mutant(chance))) read++;
    slowest = Math.max(slowest, performance.now() - start);
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  const counts = `${runs} changed files, ${read} read, ${runs - read} refused`;
  process.stdout.write(`${reader.name}: ${counts}; ${seconds} s, the slowest ${slowest.toFixed(0)} ms\n`);
}
