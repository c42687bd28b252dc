import type { Arguments, common, Options } from "./options.ts";
import type { Display } from "./terminal/display.ts";

/** What a command may touch besides the host. */
export interface Context {
  /** Fires when the user stops the program. */
  readonly signal: AbortSignal;
  /** Progress, previews and remarks, on standard error. */
  readonly display: Display;
  /** The command's result on standard output: the object with --json, the text without. Called once. */
  result(object: Readonly<Record<string, unknown>>, text: string): void;
  /** Writes to standard output; done when that has taken all of it. False when its reader has gone. */
  writeBytes(bytes: Uint8Array): Promise<boolean>;
}

/** A module in `commands/`: these three exports. */
export interface Command {
  /** Arguments, then an empty line, what it does, and examples. */
  readonly usage: string;
  readonly options: Options;
  run(given: Arguments<Options>, context: Context): Promise<void>;
}

/** What `run` of a command with these options gets. */
export type Given<O extends Options> = Arguments<O & typeof common>;
