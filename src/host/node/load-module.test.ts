import { expect, test } from "vitest";
import { loadModule } from "./load-module.ts";

test("imports a TypeScript file by its path from the working folder", async () => {
  const { examples } = (await loadModule("tests/support/numbered-pictures.ts")) as { examples: unknown };
  expect(examples).toBeTypeOf("function");
  await expect(loadModule("tests/support/nowhere.ts")).rejects.toThrow("nowhere.ts");
});
