/** A LoRA that a prompt names, as AUTOMATIC1111's web UI has it: `<lora:name>` or `<lora:name:0.8>`; more is passed over. */
export interface LoraTag {
  readonly name: string;
  /** The text of its scale, as it stands there. */
  readonly scale?: string;
}

const tag = /<lora:([^:<>]+)(?::([^:<>]*))?(?::[^<>]*)?>/g;

export const loraTags = (prompt: string): LoraTag[] =>
  Array.from(prompt.matchAll(tag), ([, name, scale]) => ({
    name: name!.trim(),
    ...(scale !== undefined && { scale }),
  }));

export const withoutLoraTags = (prompt: string): string => prompt.replace(tag, "");
