import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const made: string[] = [];

/** A checkout with a program of one line, and everything that starts it. */
function checkout(program: string): string {
  const folder = mkdtempSync(join(tmpdir(), "latentkit-"));
  made.push(folder);
  for (const name of ["bin", "tsconfig.json", "tsconfig.build.json", "package.json"])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "dir");
  mkdirSync(join(folder, "src/apps/cli"), { recursive: true });
  write(folder, program, 10);
  return folder;
}

function write(folder: string, program: string, secondsAgo = 0): void {
  const file = join(folder, "src/apps/cli/run.ts");
  writeFileSync(file, `export async function run(): Promise<void> { ${program} }\n`);
  const then = Date.now() / 1000 - secondsAgo;
  utimesSync(file, then, then);
}

async function start(folder: string, ...args: string[]) {
  const child = spawn(process.execPath, [join(folder, "bin/latentkit.js"), ...args]);
  const written = { stdout: "", stderr: "" };
  child.stdout.on("data", (data: Buffer) => {
    written.stdout += data.toString();
  });
  child.stderr.on("data", (data: Buffer) => {
    written.stderr += data.toString();
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  return { code, ...written };
}

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe("bin/latentkit.js in a checkout", () => {
  it("compiles quietly when there is no dist or src is newer, and only then", async () => {
    const folder = checkout("console.log(process.argv[2])");
    expect(await start(folder, "a")).toEqual({ code: 0, stdout: "a\n", stderr: "" });
    writeFileSync(join(folder, "dist/apps/cli/run.js"), "export const run = () => console.log('as it was');");
    expect(await start(folder)).toMatchObject({ stdout: "as it was\n" });
    write(folder, "console.log('changed')", -1);
    expect(await start(folder)).toEqual({ code: 0, stdout: "changed\n", stderr: "" });
  });

  it("is safe when several start at once", async () => {
    const folder = checkout("console.log('ran')");
    const runs = await Promise.all([1, 2, 3].map(() => start(folder)));
    expect(runs).toEqual(Array(3).fill({ code: 0, stdout: "ran\n", stderr: "" }));
  });

  it("goes on where a compilation was killed", async () => {
    const folder = checkout("console.log('ran')");
    mkdirSync(join(folder, "dist"));
    const gone = spawn(process.execPath, ["--version"]);
    await new Promise((resolve) => gone.on("close", resolve));
    writeFileSync(join(folder, "dist/.lock"), String(gone.pid));
    expect(await start(folder)).toEqual({ code: 0, stdout: "ran\n", stderr: "" });
  });

  it("says in one line why it cannot compile", async () => {
    const broken = checkout("console.log(");
    const { code, stderr } = await start(broken);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^latentkit: src does not compile: src\/apps\/cli\/run\.ts\S+ error TS\d+: [^\n]+\n$/);

    const bare = checkout("");
    rmSync(join(bare, "node_modules"));
    expect(await start(bare)).toMatchObject({
      code: 1,
      stderr: "latentkit: the TypeScript compiler is missing; run npm ci first\n",
    });

    const closed = checkout("");
    writeFileSync(join(closed, "dist"), "a file where the folder should be");
    expect((await start(closed)).stderr).toMatch(/^latentkit: cannot write \S+dist \(\w+\): run it once where/);
  });

  it("runs dist alone where there is no src", async () => {
    const folder = checkout("console.log('ran')");
    await start(folder);
    for (const name of ["src", "node_modules"]) rmSync(join(folder, name), { recursive: true });
    expect(await start(folder)).toEqual({ code: 0, stdout: "ran\n", stderr: "" });
  });
});

describe("the program", () => {
  it("prints its version and its help", async () => {
    expect(await start(root, "--version")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    expect(await start(root, "inspect", "--help")).toMatchObject({ code: 0, stderr: "" });
    expect(await start(root, "inspct")).toMatchObject({
      code: 2,
      stdout: "",
      stderr: "latentkit: unknown command inspct; did you mean inspect?\n",
    });
  });

  it("inspects a model directory", async () => {
    const { code, stdout } = await start(root, "inspect", join(root, "tests/fixtures/e2e-sd1/model"), "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ family: "latent diffusion", prediction: "epsilon", resolution: 64 });
  });

  it.skipIf(process.platform === "win32")("bears a reader that goes away", async () => {
    const command = `"${process.execPath}" bin/latentkit.js --help | true`;
    const shell = spawn("bash", ["-o", "pipefail", "-c", command], { cwd: root, stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    shell.stderr.on("data", (data: Buffer) => {
      stderr += data.toString();
    });
    expect(await new Promise((resolve) => shell.on("close", resolve))).toBe(0);
    expect(stderr).toBe("");
  });
});

describe.skipIf(process.platform === "win32")("the user's stop", () => {
  const commands = `import type { Command } from "./command.ts";
    const command = (run: Command["run"]) => ({ summary: "", load: async () => ({ usage: "", options: {}, run }) });
    const forever = () => new Promise<void>((resolve) => setTimeout(resolve, 1e6));
    export const commands: Readonly<Record<string, { summary: string; load(): Promise<Command> }>> = {
      polite: command(async (_, { signal, display }) => {
        display.note("begun");
        while (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 5));
        signal.throwIfAborted();
      }),
      busy: command(async (_, { display }) => { display.note("begun"); await forever(); }),
    };`;

  it("ends a command at its next step, the second one at once", async () => {
    const folder = checkout("");
    cpSync(join(root, "src"), join(folder, "src"), { recursive: true });
    writeFileSync(join(folder, "src/apps/cli/commands.ts"), commands);
    const stopped = async (name: string, signals: readonly NodeJS.Signals[]) => {
      const child = spawn(process.execPath, [join(folder, "bin/latentkit.js"), name]);
      const sent = [...signals];
      let stderr = "";
      child.stderr.on("data", (data: Buffer) => {
        stderr += data.toString();
        for (const [i, signal] of sent.splice(0).entries()) setTimeout(() => child.kill(signal), 200 * i);
      });
      return { code: await new Promise((resolve) => child.on("close", resolve)), stderr };
    };
    expect(await stopped("polite", ["SIGINT"])).toEqual({ code: 130, stderr: "begun\nlatentkit polite: stopped\n" });
    expect(await stopped("polite", ["SIGTERM"])).toEqual({ code: 130, stderr: "begun\nlatentkit polite: stopped\n" });
    expect(await stopped("busy", ["SIGINT", "SIGINT"])).toEqual({ code: 130, stderr: "begun\n" });
  });
});
