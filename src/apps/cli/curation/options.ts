import { resolve } from "node:path";
import { resizeModes } from "../../../image/frame.ts";
import { mostNear } from "../../../pipelines/curate/near.ts";
import { type CurateOptions, curateDefaults, fetchDefaults, uniques } from "../../../pipelines/curate/options.ts";
import type { FetchOptions } from "../../../runtime/web-pictures.ts";
import { choice, decimal, type Options, type Values, wholeNumber } from "../options.ts";

/** What decides which pairs stay, and how pictures are stored. */
export const curateOptions = {
  "url-column": { type: "string", value: "NAME", help: "column of the addresses (found by its name otherwise)" },
  "caption-column": { type: "string", value: "NAME", help: "column of the captions" },
  unique: {
    type: "string",
    value: "WHAT",
    help: "leave out what was listed before: the same url, pair of url and caption, or also text; or none (default url)",
  },
  "min-caption": { type: "string", value: "N", help: "characters of the shortest caption (default 5)" },
  "min-size": { type: "string", value: "PIXELS", help: "of the shorter side (default 32)" },
  "min-bytes": { type: "string", value: "N", help: "of the smallest file (default 0; LAION: 5000)" },
  "max-aspect": { type: "string", value: "X", help: "longer by shorter side (default 4)" },
  resize: { type: "string", value: "MODE", help: `${resizeModes.join(", ")} (default keep_ratio)` },
  size: { type: "string", value: "PIXELS", help: "that pictures are made (default 256)" },
  format: { type: "string", value: "NAME", help: "jpg, png or webp (default jpg)" },
  "min-similarity": { type: "string", value: "X", help: "cosine of picture and caption, by --model (default 0.28)" },
  near: {
    type: "string",
    value: "BITS",
    help: `leave out pictures whose perceptual hash is as close to an earlier one's (default 4, up to ${mostNear}; none: keep them)`,
  },
  aesthetic: { type: "string", value: "FILE", help: "a linear head that scores pictures: see train head" },
  "min-aesthetic": { type: "string", value: "X", help: "leave out lower scores" },
  safety: { type: "string", value: "FILE", help: "a linear head that tells unsafe pictures" },
  "max-unsafe": { type: "string", value: "X", help: "leave out pictures more probably unsafe (LAION advises 0.5)" },
  "shard-size": { type: "string", value: "N", help: "pairs that are read for a shard (default 1000)" },
} as const satisfies Options;

/** How the network is asked. */
export const fetchOptions = {
  "in-flight": { type: "string", value: "N", help: "pairs that are in the making at once (default 256)" },
  timeout: { type: "string", value: "SECONDS", help: "for a whole download (default 10)" },
  retries: { type: "string", value: "N", help: "further attempts where one may go better (default 2)" },
  "max-megabytes": { type: "string", value: "N", help: "of the largest file (default 20)" },
  "allow-private": { type: "boolean", help: "ask addresses of this machine and of private networks too" },
} as const satisfies Options;

const share = { least: 0, most: 1 } as const;

export function curateOptionsOf(
  values: Values<typeof curateOptions>,
  inputs: readonly string[],
  model: CurateOptions["model"],
): CurateOptions {
  const whole = (
    name: "min-caption" | "min-size" | "min-bytes" | "size" | "shard-size" | "near",
    least: number,
    most: number,
  ) => wholeNumber(name, values[name], { least, most });
  const fileOf = (path: string | undefined): string | undefined => (path === undefined ? undefined : resolve(path));
  const defaults = curateDefaults;
  return {
    inputs: inputs.map((input) => resolve(input).replaceAll("\\", "/")),
    model,
    urlColumn: values["url-column"],
    captionColumn: values["caption-column"],
    unique: choice("unique", values.unique, uniques) ?? defaults.unique,
    minCaption: whole("min-caption", 0, 10_000) ?? defaults.minCaption,
    minSize: whole("min-size", 1, 8192) ?? defaults.minSize,
    minBytes: whole("min-bytes", 0, 2 ** 30) ?? defaults.minBytes,
    maxAspect: decimal("max-aspect", values["max-aspect"], { least: 1, most: 1000 }) ?? defaults.maxAspect,
    resize: choice("resize", values.resize, resizeModes) ?? defaults.resize,
    size: whole("size", 16, 4096) ?? defaults.size,
    format: choice("format", values.format, ["jpg", "png", "webp"]) ?? defaults.format,
    minSimilarity:
      decimal("min-similarity", values["min-similarity"], { least: -1, most: 1 }) ?? defaults.minSimilarity,
    near: values.near === "none" ? undefined : (whole("near", 0, mostNear) ?? defaults.near),
    aesthetic: fileOf(values.aesthetic),
    minAesthetic: decimal("min-aesthetic", values["min-aesthetic"]),
    safety: fileOf(values.safety),
    maxUnsafe: decimal("max-unsafe", values["max-unsafe"], share),
    shardSize: whole("shard-size", 1, 1_000_000) ?? defaults.shardSize,
  };
}

export function fetchOptionsOf(values: Values<typeof fetchOptions>): FetchOptions {
  const megabytes = decimal("max-megabytes", values["max-megabytes"], { least: 0.001, most: 1000 });
  return {
    inFlight: wholeNumber("in-flight", values["in-flight"], { least: 1, most: 4096 }) ?? fetchDefaults.inFlight,
    timeout: decimal("timeout", values.timeout, { least: 0.1, most: 600 }) ?? fetchDefaults.timeout,
    retries: wholeNumber("retries", values.retries, { least: 0, most: 10 }) ?? fetchDefaults.retries,
    mostBytes: megabytes === undefined ? fetchDefaults.mostBytes : Math.round(megabytes * 2 ** 20),
    allowPrivate: values["allow-private"],
  };
}
