/** A stack of transformer layers. */
export interface TowerConfig {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Width between the two layers of the perceptrons. */
  readonly mlp: number;
  /** Quick GELU in OpenAI's models and SD 1.x, GELU in LAION's and SD 2.x. */
  readonly activation: "quick_gelu" | "gelu";
}

export interface ClipTextConfig extends TowerConfig {
  /** Number of tokens that the tokenizer knows. */
  readonly vocabulary: number;
  /** Longest text, in tokens. */
  readonly positions: number;
  /** Where the text is read off: at the first token with this id, or at the first of the largest ids in the text. */
  readonly end: number | "largest";
}

export interface ClipVisionConfig extends TowerConfig {
  /** Height and width of the pictures. */
  readonly imageSize: number;
  readonly patchSize: number;
}

/** Number of patches of a picture. */
export const patchesOf = ({ imageSize, patchSize }: ClipVisionConfig): number => (imageSize / patchSize) ** 2;

export interface ClipConfig {
  readonly text: ClipTextConfig;
  readonly vision: ClipVisionConfig;
  /** Width of the space that texts and pictures share. */
  readonly projection: number;
}
