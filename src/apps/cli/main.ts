import { UsageError, UserError } from "../../errors.ts";
import type { Command, Context } from "./command.ts";
import { commands as registered } from "./commands.ts";
import { hint } from "./nearest.ts";
import { describeOptions, parseOptions } from "./options.ts";
import { Display, type Output } from "./terminal/display.ts";
import type { Environment } from "./terminal/preview.ts";

/** The world that the program runs in. */
export interface Surroundings {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Writes to standard output; done when that has taken all of it. False when its reader has gone. */
  writeBytes(bytes: Uint8Array): Promise<boolean>;
  readonly env: Environment;
  /** Fires when the user stops the program. */
  readonly signal: AbortSignal;
  readonly version: string;
  readonly commands?: typeof registered;
}

const exit = { done: 0, failed: 1, usage: 2, stopped: 130 } as const;

function help(commands: typeof registered): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const list = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `usage: latentkit COMMAND …\n\n${list.join("\n")}\n\nlatentkit COMMAND --help tells more about one; latentkit --version prints the version.\n`;
}

const commandHelp = ({ usage, options }: Command): string =>
  `usage: latentkit ${usage.trim()}\n\n${describeOptions(options)}\n`;

/** One line for any error: ours as they are, others with a hint at how to learn more. */
function complaint(error: unknown): string {
  const message = (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, " ");
  if (error instanceof UserError) return message;
  return `${message} (unexpected; --debug shows where it arose)`;
}

/**
 * Runs one command line and returns the exit code: 0 done, 1 failed, 2 wrong usage, 130 stopped by the user. Writes results
 * to standard output and everything else to standard error.
 */
export async function main(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { stdout, stderr, env, signal, version, commands = registered } = surroundings;
  const [name, ...rest] = args;
  if (name === "--version" || name === "-V") return print(stdout, version);
  if (name === "--help" || name === "-h" || (name === "help" && rest.length === 0))
    return print(stdout, help(commands));
  if (name === "help") return main([...rest, "--help"], surroundings);

  const display = new Display(stderr, { env });
  const fail = (error: unknown, debug: boolean): number => {
    display.finish();
    const stopped = signal.aborted && !(error instanceof UsageError);
    const prefix = `latentkit${name !== undefined && Object.hasOwn(commands, name) ? ` ${name}` : ""}: `;
    stderr.write(`${prefix}${stopped && !(error instanceof UserError) ? "stopped" : complaint(error)}\n`);
    if (debug && error instanceof Error) stderr.write(`${error.stack}\n`);
    if (stopped) return exit.stopped;
    return error instanceof UsageError ? exit.usage : exit.failed;
  };
  // Errors in the other arguments are to be shown with their stack too.
  const debug = args.includes("--debug");
  try {
    if (name === undefined) throw new UsageError("a command is missing; latentkit --help lists them");
    const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!entry)
      throw new UsageError(
        `unknown ${name.startsWith("-") ? "option" : "command"} ${name}${hint(name, Object.keys(commands)) || "; latentkit --help lists the commands"}`,
      );
    const command = await entry.load();
    if (rest.some((arg) => arg === "--help" || arg === "-h")) return print(stdout, commandHelp(command));
    const given = parseOptions(rest, command.options);
    const context: Context = {
      signal,
      display,
      writeBytes: surroundings.writeBytes,
      result: (object, text) => {
        display.finish();
        stdout.write(given.values.json ? `${JSON.stringify(object)}\n` : text && `${text}\n`);
      },
    };
    await command.run(given, context);
    display.finish();
    return signal.aborted ? exit.stopped : exit.done;
  } catch (error) {
    return fail(error, debug);
  }
}

function print(stdout: Output, text: string): number {
  stdout.write(text.endsWith("\n") ? text : `${text}\n`);
  return exit.done;
}
