import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { cli } from "../support/cli.ts";
import { writeRandomModel } from "../support/tiny-model.ts";

const folder = mkdtempSync(join(tmpdir(), "latentkit-bench-"));
beforeAll(() => writeRandomModel(folder));
afterAll(() => rmSync(folder, { recursive: true }));

it("measures the parts of drawing beside the machine's best", async () => {
  const { code, stdout } = await cli(["bench", folder, "--json", "--threads", "1"]);
  expect(code).toBe(0);
  const { precision, peaks, measures } = JSON.parse(stdout);
  expect(precision).toBe("fp32");
  for (const rate of Object.values(peaks)) expect(rate).toBeGreaterThan(1e8);
  expect(measures.map(({ name }: { name: string }) => name)).toEqual([
    "reading a text",
    "a guided step at 32×32",
    "a picture of 32×32 from latents",
  ]);
  for (const { seconds, floor, share } of measures) expect(share).toBeCloseTo(floor / seconds, 10);
});
