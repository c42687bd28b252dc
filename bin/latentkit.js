#!/usr/bin/env node
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));

// The published package holds dist; a checkout holds src and compiles it when need be.
if (existsSync(`${root}src`)) {
  const { compile } = await import("./compile.js");
  const failure = compile(root);
  if (failure !== undefined) {
    process.stderr.write(`latentkit: ${failure}\n`);
    process.exit(1);
  }
}
const { run } = await import("../dist/apps/cli/run.js");
await run();
