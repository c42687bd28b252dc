import { UserError } from "../errors.ts";

/**
 * The transformers config of a CLIP in OpenAI's naming, read off the shapes of its weights as OpenAI's own
 * `build_model` does: heads are 64 wide, the activation is quick GELU.
 */
export function openAiClipConfig(
  shapes: ReadonlyMap<string, readonly number[]>,
  file: string,
): Readonly<Record<string, unknown>> {
  const shape = (key: string): readonly number[] => {
    const found = shapes.get(key);
    if (!found) throw new UserError(`${file} is not a CLIP with a vision transformer: it has no ${key}`);
    return found;
  };
  const layers = (prefix: string): number =>
    new Set([...shapes.keys()].filter((k) => k.startsWith(prefix)).map((k) => k.slice(prefix.length).split(".")[0]))
      .size;
  const tower = (width: number, prefix: string) => ({
    hidden_act: "quick_gelu",
    hidden_size: width,
    intermediate_size: 4 * width,
    layer_norm_eps: 1e-5,
    num_attention_heads: width / 64,
    num_hidden_layers: layers(prefix),
  });
  const [vocabulary, textWidth] = shape("token_embedding.weight") as [number, number];
  const [visionWidth, , , patch] = shape("visual.conv1.weight") as [number, number, number, number];
  const grid = Math.sqrt(shape("visual.positional_embedding")[0]! - 1);
  return {
    model_type: "clip",
    projection_dim: shape("text_projection")[1],
    text_config: {
      ...tower(textWidth, "transformer.resblocks."),
      eos_token_id: 2, // for transformers: read the text off at its largest id
      max_position_embeddings: shape("positional_embedding")[0],
      vocab_size: vocabulary,
    },
    vision_config: {
      ...tower(visionWidth, "visual.transformer.resblocks."),
      image_size: grid * patch,
      patch_size: patch,
    },
  };
}
