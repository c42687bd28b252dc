import type { Command } from "./command.ts";

interface Entry {
  readonly summary: string;
  load(): Promise<Command>;
}

/** The commands in the order of the help. Each is loaded when it is called for, so that one starts without the others. */
export const commands: Readonly<Record<string, Entry>> = {
  inspect: { summary: "show what a model or a weight file is made of", load: () => import("./commands/inspect.ts") },
  train: { summary: "train a model as a config file says", load: () => import("./commands/train.ts") },
};
