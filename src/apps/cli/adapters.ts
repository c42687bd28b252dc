import { UserError } from "../../errors.ts";
import type { AdapterFiles, EmbeddingFile, LoraFile } from "../../pipelines/model/adapters.ts";
import type { Host } from "../../runtime/host.ts";
import { loraTags } from "../../text/lora-tags.ts";
import { isWeightFile } from "../../weights/weight-files.ts";
import type { Options, Values } from "./options.ts";

export const adapterOptions = {
  lora: { type: "string", multiple: true, value: "FILE[:SCALE]", help: "a LoRA and how much of it; again for another" },
  "lora-folder": { type: "string", value: "FOLDER", help: "where those lie that a prompt names, <lora:NAME:SCALE>" },
  embedding: {
    type: "string",
    multiple: true,
    value: "FILE[:WORD]",
    help: "a learned word for prompts (default: its own name)",
  },
} as const satisfies Options;

/** The LoRAs and embeddings that options and prompts name. */
export async function adaptersOf(
  host: Pick<Host, "list">,
  values: Values<typeof adapterOptions>,
  prompts: readonly string[],
): Promise<AdapterFiles> {
  const folder = values["lora-folder"];
  const names = folder === undefined ? [] : (await host.list(folder)).filter(isWeightFile);
  const tagged = [...new Set(prompts)].flatMap(loraTags).map(({ name, scale = "1" }): LoraFile => {
    if (folder === undefined)
      throw new UserError(`the prompt names the LoRA ${name}: say where it lies with --lora-folder`);
    const file = names.find((known) => known.replace(/\.[^.]*$/, "") === name);
    if (file === undefined) throw new UserError(`the prompt names the LoRA ${name}, which is not in ${folder}`);
    const factor = scale.trim() === "" ? Number.NaN : Number(scale);
    if (!Number.isFinite(factor))
      throw new UserError(`the prompt's <lora:${name}:${scale}> has a scale that is no number`);
    return { file: `${folder}/${file}`, scale: factor, tagged: true };
  });
  return { loras: [...values.lora.map(loraOf), ...tagged], embeddings: values.embedding.map(embeddingOf) };
}

function loraOf(text: string): LoraFile {
  const [, file, scale] = /^(.+):([+-]?(?:\d+(?:\.\d*)?|\.\d+))$/.exec(text) ?? [];
  return file === undefined ? { file: text } : { file, scale: Number(scale) };
}

/** What follows a colon is a word unless it is part of a path, as behind a drive's letter. */
function embeddingOf(text: string): EmbeddingFile {
  const [, file, word] = /^(.+):([^:/\\]+)$/.exec(text) ?? [];
  return file === undefined || word === undefined ? { file: text } : { file, word };
}
