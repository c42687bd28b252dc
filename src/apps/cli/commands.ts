import type { Command } from "./command.ts";

interface Entry {
  readonly summary: string;
  load(): Promise<Command>;
}

/** The commands in the order of the help. Each is loaded when it is called for, so that one starts without the others. */
export const commands: Readonly<Record<string, Entry>> = {
  generate: { summary: "draw pictures of a text", load: () => import("./commands/generate.ts") },
  animate: { summary: "go from prompt to prompt, in moving pictures", load: () => import("./commands/animate.ts") },
  compose: { summary: "compose music of a text", load: () => import("./commands/compose.ts") },
  similarity: { summary: "tell how alike pictures and texts are", load: () => import("./commands/similarity.ts") },
  classify: { summary: "tell which labels pictures show", load: () => import("./commands/classify.ts") },
  index: { summary: "find pictures by words and pictures", load: () => import("./commands/index.ts") },
  curate: { summary: "make a data set of lists of pictures", load: () => import("./commands/curate.ts") },
  worker: { summary: "do what is queued in a database", load: () => import("./commands/worker.ts") },
  pull: { summary: "download a model of the hub", load: () => import("./commands/pull.ts") },
  list: { summary: "show the models on this disk", load: () => import("./commands/list.ts") },
  spectrogram: { summary: "show a sound as a picture, or play one", load: () => import("./commands/spectrogram.ts") },
  inspect: { summary: "show what a model or a weight file is made of", load: () => import("./commands/inspect.ts") },
  convert: { summary: "write a model in another layout or precision", load: () => import("./commands/convert.ts") },
  train: { summary: "train a model as a config file says", load: () => import("./commands/train.ts") },
  bench: { summary: "measure how fast a model draws here", load: () => import("./commands/bench.ts") },
  evaluate: { summary: "measure how good a model is", load: () => import("./commands/evaluate.ts") },
};
