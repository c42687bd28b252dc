import { commands } from "../../src/apps/cli/commands.ts";
import { main } from "../../src/apps/cli/main.ts";

/** What a run of the program left: its exit code and what it wrote. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What it wrote to standard output as bytes. */
  readonly bytes: Uint8Array;
}

/** Runs one command line in this process, without a terminal unless told. */
export async function cli(
  args: readonly string[],
  { signal = new AbortController().signal, terminal = false } = {},
): Promise<Ran> {
  const written = { stdout: "", stderr: "" };
  const stream = (name: keyof typeof written) => ({
    isTTY: terminal,
    columns: 80,
    rows: 24,
    getColorDepth: () => 24,
    write: (text: string) => {
      written[name] += text;
    },
  });
  const env = { TERM: "xterm-256color" };
  const chunks: Uint8Array[] = [];
  const writeBytes = async (chunk: Uint8Array): Promise<boolean> => chunks.push(chunk) > 0;
  const world = {
    stdout: stream("stdout"),
    stderr: stream("stderr"),
    env,
    signal,
    version: "0.0.0",
    commands,
    writeBytes,
  };
  return { code: await main(args, world), ...written, bytes: Buffer.concat(chunks) };
}
