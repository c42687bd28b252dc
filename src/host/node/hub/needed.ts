import { fewStepsFile } from "../../../weights/lora.ts";
import type { Json } from "../../../weights/model-directory.ts";

/** What a model needs of a repository, or of what there is of it on the disk. */
export interface Needed {
  readonly files: readonly string[];
  /** What it needs as well, but is not there. */
  readonly missing: readonly string[];
}

/** Parts of diffusers' pipelines that are there, but not used. */
const unused = new Set(["safety_checker", "feature_extractor", "image_encoder"]);

const used = new Set(["unet", "vae", "text_encoder", "tokenizer", "scheduler"]);

/** The parts of a pipeline that latentkit does not run: what makes it another model than Stable Diffusion 1 and 2. */
export const foreignParts = (index: Json): string[] =>
  Object.entries(index)
    .filter(([, value]) => Array.isArray(value) && typeof value[1] === "string")
    .map(([part]) => part)
    .filter((part) => !unused.has(part) && !used.has(part));

const tokenizer = ["vocab.json", "merges.txt"];
const tokenizerSettings = ["tokenizer_config.json", "special_tokens_map.json"];
/** How a model draws, what its pictures of sound are, and the LoRA with which it draws in few steps. */
const besideIndex = ["generation_config.json", "spectrogram.json", fewStepsFile];
const network = ["config.json"];

/**
 * Chooses from a repository's files those that a model is opened with: configs, tokenizer, and the weights once; of the
 * variant asked for where there is one, else in full precision, else fp16; and of each as safetensors rather than pickles.
 */
export function neededFiles(paths: Iterable<string>, variant?: string): Needed {
  const all = new Set(paths);
  if (all.has("model_index.json")) {
    const parts = [
      collect(all, "", { need: ["model_index.json"], take: besideIndex }),
      collect(all, "scheduler/", { need: ["scheduler_config.json"] }),
      collect(all, "tokenizer/", { need: tokenizer, take: tokenizerSettings }),
      ...["text_encoder/", "unet/", "vae/"].map((part) => withWeights(all, part, variant, { need: network })),
      ...(all.has("clip/config.json") ? [clip(all, "clip/", variant)] : []),
    ];
    return { files: parts.flatMap(({ files }) => files), missing: parts.flatMap(({ missing }) => missing) };
  }
  if (all.has("config.json")) return clip(all, "", variant);
  const single = singleFiles(all);
  if (single.length !== 1) return { files: [], missing: ["model_index.json"] };
  return { files: [...single, ...tokenizerFiles(all)], missing: [] };
}

/** The tokenizer in a folder of a repository, or in the folder `tokenizer` there, `vocab.json` first; empty without one. */
export function tokenizerFiles(paths: Iterable<string>, folder = ""): readonly string[] {
  const all = new Set(paths);
  const found = [`${folder}tokenizer/`, folder].map((place) =>
    collect(all, place, { need: tokenizer, take: tokenizerSettings }),
  );
  return found.find(({ missing }) => missing.length === 0)?.files ?? [];
}

/** Checkpoints that are models by themselves, if the repository has no model in parts. */
export const singleFiles = (paths: Iterable<string>): string[] =>
  [...paths].filter((path) => /^[^/]+\.(safetensors|ckpt)$/.test(path));

interface Wanted {
  readonly need: readonly string[];
  readonly take?: readonly string[];
}

function collect(all: ReadonlySet<string>, folder: string, { need, take = [] }: Wanted): Needed {
  const files = [...need, ...take].map((name) => folder + name).filter((path) => all.has(path));
  return { files, missing: need.map((name) => folder + name).filter((path) => !all.has(path)) };
}

/** A CLIP inside a diffusion model may use that one's tokenizer. */
function clip(all: ReadonlySet<string>, folder: string, variant: string | undefined): Needed {
  const take = ["preprocessor_config.json", ...tokenizer, ...tokenizerSettings];
  return withWeights(all, folder, variant, { need: network, take });
}

function withWeights(all: ReadonlySet<string>, folder: string, variant: string | undefined, wanted: Wanted): Needed {
  const { files, missing } = collect(all, folder, wanted);
  const names = [...all].filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length));
  const weights = weightFiles(new Set(names), variant);
  return {
    files: [...files, ...(weights ?? []).map((name) => folder + name)],
    missing: [...missing, ...(weights ? [] : [`${folder}*.safetensors`])],
  };
}

const stems = ["diffusion_pytorch_model", "model", "pytorch_model"];

/** One set of a folder's weights: a file, or an index and the files it joins. Undefined where there is none whole. */
function weightFiles(names: ReadonlySet<string>, variant: string | undefined): string[] | undefined {
  const variants = variant === undefined ? ["", ".fp16"] : [`.${variant}`, ""];
  const order = variants.flatMap((middle) => ["safetensors", "bin"].map((ending) => ({ middle, ending })));
  for (const { middle, ending } of order)
    for (const stem of stems) {
      const whole = `${stem}${middle}.${ending}`;
      if (names.has(whole)) return [whole];
      const index = `${stem}.${ending}.index${middle}.json`;
      const pieces = names.has(index) ? shards(names, stem, middle, ending) : undefined;
      if (pieces) return [index, ...pieces];
    }
  // A single one may be called anything.
  const other = [...names].filter((name) => /^[^/]+(?<!-of-\d{5})\.safetensors$/.test(name));
  return other.length === 1 ? other : undefined;
}

/** `model.fp16-00001-of-00002.safetensors` and its like, if all are there. */
function shards(names: ReadonlySet<string>, stem: string, middle: string, ending: string): string[] | undefined {
  const literal = (text: string): string => text.replaceAll(".", "\\.");
  const number = "-\\d{5}-of-(\\d{5})";
  const form = new RegExp(`^${stem}(?:${literal(middle)}${number}|${number}${literal(middle)})\\.${ending}$`);
  const found = [...names].filter((name) => form.test(name));
  const [, first, second] = form.exec(found[0] ?? "") ?? [];
  return found.length > 0 && found.length === Number(first ?? second) ? found.sort() : undefined;
}

/** Variants that a repository has weights of: `fp16`. */
export const variantsOf = (paths: Iterable<string>): string[] => {
  const found = [...paths].flatMap(
    (path) =>
      /(?:^|\/)(?:diffusion_pytorch_|pytorch_)?model\.([a-z]\w*)(?:-\d{5}-of-\d{5})?\.(?:safetensors|bin)$/.exec(
        path,
      )?.[1] ?? [],
  );
  return [...new Set(found)].sort();
};
