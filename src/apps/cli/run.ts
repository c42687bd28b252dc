import { readFileSync } from "node:fs";
import { main } from "./main.ts";
import { writeStandardOutput } from "./standard-output.ts";

/** A reader that went away, as `head` does, is no error; the command goes on and its files are written. */
function tolerateClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

/** The program `latentkit`: command line, signals and exit code of this process. */
export async function run(): Promise<void> {
  tolerateClosedPipe(process.stdout);
  tolerateClosedPipe(process.stderr);
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.on(name, () => {
      // The second time there is no waiting for the current step to end.
      if (stop.signal.aborted) process.exit(130);
      stop.abort();
    });
  const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  const { argv, stdout, stderr, env } = process;
  process.exitCode = await main(argv.slice(2), {
    stdout,
    stderr,
    env,
    signal: stop.signal,
    version,
    writeBytes: writeStandardOutput,
  });
}
