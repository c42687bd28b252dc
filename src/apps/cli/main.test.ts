import { describe, expect, it } from "vitest";
import { UserError } from "../../errors.ts";
import type { Command } from "./command.ts";
import { main } from "./main.ts";

const stop = new AbortController();
const fake = (run: Command["run"]): { summary: string; load: () => Promise<Command> } => ({
  summary: "is only for tests",
  load: async () => ({ usage: "fake THING\n\nDoes nothing.", options: {}, run }),
});
const commands = {
  good: fake(async ({ positionals }, { result, display }) => {
    display.progress({ done: 1, total: 2, label: "working" });
    result({ got: positionals }, `got ${positionals.join(" and ")}`);
  }),
  bad: fake(async () => {
    throw new UserError("no model in x; name a model directory");
  }),
  broken: fake(async () => {
    throw new Error("index\n  out of range");
  }),
  stopped: fake(async (_, { signal }) => {
    stop.abort();
    signal.throwIfAborted();
  }),
};

async function run(...args: string[]) {
  const written = { stdout: "", stderr: "" };
  const stream = (name: keyof typeof written) => ({
    write: (text: string) => {
      written[name] += text;
    },
  });
  const code = await main(args, {
    stdout: stream("stdout"),
    stderr: stream("stderr"),
    env: {},
    writeBytes: async () => true,
    signal: args[0] === "stopped" ? stop.signal : new AbortController().signal,
    version: "1.2.3",
    commands,
  });
  return { code, ...written };
}

describe("main", () => {
  it("prints a command's result as text or as one JSON object", async () => {
    expect(await run("good", "a", "b")).toEqual({ code: 0, stdout: "got a and b\n", stderr: "working 1/2\n" });
    expect(await run("good", "a", "--json")).toMatchObject({ code: 0, stdout: '{"got":["a"]}\n' });
  });

  it("helps", async () => {
    for (const args of [["--help"], ["-h"], ["help"]]) {
      const { code, stdout, stderr } = await run(...args);
      expect([code, stderr]).toEqual([0, ""]);
      for (const name of Object.keys(commands)) expect(stdout).toContain(`  ${name}`);
    }
    for (const args of [
      ["good", "--help"],
      ["help", "good"],
      ["good", "--unknown", "-h"],
    ]) {
      const { code, stdout } = await run(...args);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^usage: latentkit fake THING\n\nDoes nothing\.\n\n {6}--json {2}/);
    }
    expect(await run("--version")).toEqual({ code: 0, stdout: "1.2.3\n", stderr: "" });
  });

  it.each([
    [[], 2, "latentkit: a command is missing; latentkit --help lists them"],
    [["god"], 2, "latentkit: unknown command god; did you mean good?"],
    [["--qqq"], 2, "latentkit: unknown option --qqq; latentkit --help lists the commands"],
    [["constructor"], 2, "latentkit: unknown command constructor; latentkit --help lists the commands"],
    [["help", "zzz"], 2, "latentkit: unknown command zzz; latentkit --help lists the commands"],
    [["good", "--jsn"], 2, "latentkit good: unknown option --jsn; did you mean --json?"],
    [["bad"], 1, "latentkit bad: no model in x; name a model directory"],
    [["bad", "--json"], 1, "latentkit bad: no model in x; name a model directory"],
    [["broken"], 1, "latentkit broken: index out of range (unexpected; --debug shows where it arose)"],
    [["stopped"], 130, "latentkit stopped: stopped"],
  ])("%j exits with %d and one line", async (args, code, line) => {
    expect(await run(...args)).toEqual({ code, stdout: "", stderr: `${line}\n` });
  });

  it("shows stacks with --debug only", async () => {
    const { code, stderr } = await run("bad", "--debug");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^latentkit bad: no model in x; .*\nUserError: no model in x;.*\n +at /);
  });
});
