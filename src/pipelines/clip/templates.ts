/** What a label is put into, in place of `{}`. */
export const templateSets = {
  /** What a selection one by one chose for ImageNet: openai/CLIP, notebooks/Prompt_Engineering_for_ImageNet.ipynb. */
  imagenet: [
    "itap of a {}.",
    "a bad photo of the {}.",
    "a origami {}.",
    "a photo of the large {}.",
    "a {} in a video game.",
    "art of the {}.",
    "a photo of the small {}.",
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type TemplateSet = keyof typeof templateSets;

export const fillIn = (template: string, label: string): string => template.replaceAll("{}", () => label);
