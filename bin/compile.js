import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/** Modification time in milliseconds, 0 for what is not there. */
function modified(path) {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

/** When the newest source or folder of sources changed. */
function newestSource(root) {
  const entries = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isDirectory() || !entry.name.endsWith(".test.ts"))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  const others = ["src", "tsconfig.json", "tsconfig.build.json", "package.json"].map((name) => join(root, name));
  return Math.max(...[...paths, ...others].map(modified));
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

const sleep = (milliseconds) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

/** Longer than any compilation takes. */
const patience = 120_000;

/** Creates the lock file; where another process holds it, waits and returns false. */
function lock(path) {
  try {
    const file = openSync(path, "wx");
    writeFileSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  sleep(50);
  try {
    const holder = Number(readFileSync(path, "utf8"));
    // An empty file is one whose holder is about to write its number.
    const abandoned = holder > 0 ? !isAlive(holder) : Date.now() - modified(path) > 5000;
    if (abandoned || Date.now() - modified(path) > patience) unlinkSync(path);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  return false;
}

/** Emits without checking types, which `npm run check` does. */
function emit(root) {
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  if (!existsSync(compiler)) return "the TypeScript compiler is missing; run npm ci first";
  const options = ["--noCheck", "--declaration", "false", "--declarationMap", "false"];
  const args = [compiler, "-p", join(root, "tsconfig.build.json"), ...options];
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  if (status === 0) return undefined;
  const reason = error?.message ?? `${stdout}${stderr}`.trim().split("\n")[0];
  return `src does not compile: ${reason}`;
}

/**
 * Brings dist up to date with src. Of several processes that start at once one compiles and the others wait. Returns
 * what went wrong, in one line.
 */
export function compile(root) {
  const stamp = join(root, "dist", ".compiled");
  const isFresh = () => modified(stamp) >= newestSource(root);
  if (isFresh()) return undefined;
  const lockFile = join(root, "dist", ".lock");
  try {
    mkdirSync(join(root, "dist"), { recursive: true });
    while (!lock(lockFile)) if (isFresh()) return undefined;
  } catch (error) {
    return `cannot write ${join(root, "dist")} (${error.code}): run it once where the folder can be written`;
  }
  try {
    if (isFresh()) return undefined;
    const began = new Date();
    const failure = emit(root);
    if (failure !== undefined) return failure;
    writeFileSync(stamp, "");
    // Sources that changed while they were compiled are newer than this.
    utimesSync(stamp, began, began);
    return undefined;
  } finally {
    unlinkSync(lockFile);
  }
}
