import { UserError } from "../errors.ts";
import type { ClipPreprocessing } from "./clip-preprocess.ts";
import type { Resampling } from "./resize.ts";

/** Pillow's numbers for its filters. */
const byNumber: Readonly<Record<number, Resampling>> = { 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box" };

type Json = Readonly<Record<string, unknown>>;

class Reader {
  readonly json: Json;
  readonly name: string;

  constructor(json: Json, name: string) {
    this.json = json;
    this.name = name;
  }

  fail(key: string, wanted: string): never {
    throw new UserError(`${this.name}: ${key} is ${JSON.stringify(this.json[key])}, but must be ${wanted}`);
  }

  flag(key: string): boolean {
    const value = this.json[key] ?? true;
    return typeof value === "boolean" ? value : this.fail(key, "true or false");
  }

  triple(key: string): readonly [number, number, number] {
    const value = this.json[key];
    if (!Array.isArray(value) || value.length !== 3 || !value.every((x) => Number.isFinite(x)))
      this.fail(key, "three numbers");
    return value as unknown as readonly [number, number, number];
  }

  positive(key: string, or: number): number {
    const value = this.json[key] ?? or;
    return typeof value === "number" && value > 0 && Number.isFinite(value)
      ? value
      : this.fail(key, "a positive number");
  }

  /** `224`, `{ shortest_edge: 224 }` or `{ width: 224, height: 224 }`. */
  size(key: string): number | { width: number; height: number } {
    const value = this.json[key];
    const length = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) > 0 && (x as number) <= 16384;
    if (length(value)) return value;
    const { shortest_edge, width, height } = (value ?? {}) as Json;
    if (length(shortest_edge)) return shortest_edge;
    return length(width) && length(height)
      ? { width, height }
      : this.fail(key, "a number of pixels, {shortest_edge} or {width, height}");
  }
}

/**
 * Reads a `preprocessor_config.json` of the transformers library, of its first versions (numbers) or later ones
 * (objects). Throws a UserError that names the field which is missing or makes no sense.
 */
export function parsePreprocessorConfig(json: Json, name = "preprocessor_config.json"): ClipPreprocessing {
  const config = new Reader(json, name);
  const resample = json.resample ?? 3;
  const filter =
    byNumber[resample as number] ?? config.fail("resample", "1 (Lanczos), 2 (bilinear), 3 (bicubic) or 4 (box)");
  const cut = config.flag("do_center_crop") ? config.size("crop_size") : undefined;
  const normalize = config.flag("do_normalize");
  const std = normalize ? config.triple("image_std") : ([1, 1, 1] as const);
  if (std.includes(0)) config.fail("image_std", "three numbers other than 0");
  if (!config.flag("do_rescale")) config.fail("do_rescale", "true: the model wants values of about 1, not bytes");
  return {
    size: config.flag("do_resize") ? config.size("size") : undefined,
    filter,
    crop: typeof cut === "number" ? { width: cut, height: cut } : cut,
    rescale: json.rescale_factor === undefined ? undefined : config.positive("rescale_factor", 1 / 255),
    mean: normalize ? config.triple("image_mean") : [0, 0, 0],
    std,
    order: "transformers",
  };
}
