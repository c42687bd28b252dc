import type { Sound } from "../../audio/sound.ts";
import { UserError } from "../../errors.ts";
import type { Host } from "../../runtime/host.ts";
import { anyObject, choice, count, flag, object, optional, type Parse, preset, text } from "../parse.ts";
import type { Cut, Examples } from "./examples.ts";
import { folderSamples } from "./folder.ts";
import { musicConfig, musicExamples } from "./music.ts";
import { type Sample, sampled } from "./samples.ts";
import { shardSamples } from "./shards.ts";

/** What every data set of pictures can say. */
const common = {
  /** Edge in pixels that pictures are made: of a whole corpus picture, or of the shorter side of a file's. */
  size: count,
  /** Edge of a square window that is cut out; all of it without. */
  crop: optional(count),
  /** Threads that decode and draw. */
  workers: preset(count, 1),
};

const files = {
  ...common,
  window: preset(choice("centre", "random"), "random"),
  flip: preset(flag, false),
};

const kinds = {
  /** Sounds with captions beside them, as pictures of their spectra: see music.ts. */
  music: musicConfig,
  /** Pictures with captions beside them: see folder.ts. */
  folder: object({ kind: choice("folder"), folder: text, ...files }),
  /** WebDataset tar files: see shards.ts. */
  webdataset: object({ kind: choice("webdataset"), shards: text, ...files }),
  /** Pictures that code makes: a module that exports `examples` (ExampleModule); `options` go to it. */
  module: object({
    kind: choice("module"),
    module: text,
    options: preset(anyObject, {}),
    ...common,
    /** Of pictures that are no squares. */
    width: optional(count),
  }),
};

export type DataConfig = { [K in keyof typeof kinds]: ReturnType<(typeof kinds)[K]> }[keyof typeof kinds];

/** Reads the `data` of a training config. Throws UserError. */
export const dataConfig: Parse<DataConfig> = (value, where) => {
  const { kind } = anyObject(value, where);
  const parse: Parse<DataConfig> = kinds[choice("folder", "webdataset", "music", "module")(kind, `${where}: kind`)];
  const config = parse(value, where);
  if ((config.crop ?? config.size) > config.size)
    throw new UserError(`${where}: crop ${config.crop} is larger than size ${config.size}; make the size larger`);
  return config;
};

/** Height and width of the pictures that a training sees, in pixels. */
export function shapeOf(config: DataConfig): { readonly height: number; readonly width: number } {
  const { size, crop } = config;
  const width = "width" in config ? config.width : undefined;
  return { height: crop ?? size, width: crop ?? width ?? size };
}

/** What a module of the kind "module" exports. */
export interface ExampleModule {
  examples(
    options: Readonly<Record<string, unknown>>,
    given: { readonly seed: number; readonly size: number; readonly crop: number; readonly width: number },
  ): Examples | Promise<Examples>;
}

/** What opening needs of its surroundings. */
export interface OpenExamples {
  readonly host: Host;
  readonly seed: number;
  /** Imports a module by the path that the config names. */
  load(module: string): Promise<unknown>;
  readSound(path: string): Promise<Sound>;
}

/** Opens the sequence of examples that a config describes. Throws UserError. */
export async function openExamples(config: DataConfig, surroundings: OpenExamples): Promise<Examples> {
  const { host, seed, load, readSound } = surroundings;
  const { size, crop = size } = config;
  if (config.kind === "music") return musicExamples(config, host, seed, readSound);
  if (config.kind === "module") {
    const loaded = (await load(config.module)) as Partial<ExampleModule>;
    if (typeof loaded.examples !== "function")
      throw new UserError(`${config.module} does not export a function "examples"; see ExampleModule`);
    return loaded.examples(config.options, { seed, size, crop, width: config.width ?? size });
  }
  const cut: Cut = { size, crop, window: config.window, flip: config.flip };
  return sampled(await samplesOf(host, config), host, seed, cut);
}

const samplesOf = (host: Host, config: Exclude<DataConfig, { kind: "module" | "music" }>): Promise<Sample[]> =>
  config.kind === "folder" ? folderSamples(host, config.folder) : shardSamples(host, config.shards);
