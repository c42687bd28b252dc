import { UserError } from "../errors.ts";
import { type Files, readJson } from "./files.ts";
import { Weights } from "./weights.ts";

/** Names of a model's weights in a folder, the preferred first; each alone, or as an index of several files. */
function weightNames(variants: readonly string[]): { readonly file: string; readonly index: boolean }[] {
  const formats = [
    { stems: ["diffusion_pytorch_model", "model"], ending: "safetensors" },
    { stems: ["diffusion_pytorch_model", "pytorch_model"], ending: "bin" },
  ];
  return variants.flatMap((variant) =>
    formats.flatMap(({ stems, ending }) =>
      stems.flatMap((stem) => [
        { file: `${stem}${variant}.${ending}`, index: false },
        { file: `${stem}.${ending}.index${variant}.json`, index: true },
      ]),
    ),
  );
}

/** Whether a name is one of weights. */
export const isWeightFile = (name: string): boolean => /\.(safetensors|ckpt|pt|pth|bin)$/i.test(name);

/**
 * Opens the weight files of a folder by their usual names; a single one may be called anything. `variant` is what
 * diffusers puts into the name, such as `fp16` or `non_ema`; without it, the plain ones come first, then half precision,
 * then those before averaging, and of each safetensors before pickles.
 */
export async function openWeights(host: Files, folder: string, variant?: string): Promise<Weights> {
  const names = await host.list(folder);
  const variants = variant === undefined ? ["", ".fp16", ".non_ema"] : [`.${variant}`];
  const usual = weightNames(variants).find(({ file }) => names.includes(file));
  if (usual?.index) return openShards(host, folder, usual.file);
  const any = variant === undefined ? names.filter(isWeightFile) : [];
  const file = usual?.file ?? (any.length === 1 ? any[0] : undefined);
  if (file !== undefined) return Weights.open(host, folder, [file]);
  const what = variant === undefined ? "there are no weights" : `there are no weights of the variant ${variant}`;
  throw new UserError(`${what} in ${folder}: expected diffusion_pytorch_model.safetensors or model.safetensors`);
}

/** `{ "weight_map": { key: file } }`. */
async function openShards(host: Files, folder: string, index: string): Promise<Weights> {
  const path = `${folder}/${index}`;
  const { weight_map: map } = await readJson(host, path);
  if (typeof map !== "object" || map === null || Array.isArray(map)) throw new UserError(`${path} has no weight_map`);
  for (const file of Object.values(map))
    if (typeof file !== "string" || !/^[^/\\]+\.(safetensors|bin)$/.test(file))
      throw new UserError(`${path} names ${JSON.stringify(file)}, which is not a weight file beside it`);
  const files = map as Readonly<Record<string, string>>;
  const weights = await Weights.open(host, folder, [...new Set(Object.values(files))].sort());
  for (const [key, file] of Object.entries(files))
    if (weights.find(key)?.file !== file) throw new UserError(`${path} says that ${key} is in ${file}, but it is not`);
  return weights;
}
