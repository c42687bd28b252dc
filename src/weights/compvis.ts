/**
 * The names that CompVis' code gives to the modules of Stable Diffusion, and ours (diffusers'). Pairs serve both ways.
 *
 * Source: https://github.com/CompVis/stable-diffusion, ldm/modules/diffusionmodules/{openaimodel,model}.py.
 */
export type Pairs = readonly (readonly [compvis: string, ours: string])[];

/** What the names in a U-Net depend on: residual blocks of a level on the way down, and at which levels it attends. */
export interface UNetPlan {
  readonly layers: number;
  /** The finest first. */
  readonly attention: readonly boolean[];
}

/** Modules of the U-Net, by the beginning of their keys. */
export function unetModules({ layers, attention }: UNetPlan): Pairs {
  const last = attention.length - 1;
  return [
    ["time_embed.0", "time_embedding.linear_1"],
    ["time_embed.2", "time_embedding.linear_2"],
    ["input_blocks.0.0", "conv_in"],
    ["middle_block.0", "mid_block.resnets.0"],
    ["middle_block.1", "mid_block.attentions.0"],
    ["middle_block.2", "mid_block.resnets.1"],
    ["out.0", "conv_norm_out"],
    ["out.2", "conv_out"],
    ...attention.flatMap((attends, i): Pairs => {
      const first = i * (layers + 1) + 1;
      const blocks = numbers(layers).flatMap((j) => block(`input_blocks.${first + j}`, `down_blocks.${i}`, j, attends));
      return i < last
        ? [...blocks, [`input_blocks.${first + layers}.0.op`, `down_blocks.${i}.downsamplers.0.conv`]]
        : blocks;
    }),
    ...attention.toReversed().flatMap((attends, i): Pairs => {
      const first = i * (layers + 1);
      const blocks = numbers(layers + 1).flatMap((j) =>
        block(`output_blocks.${first + j}`, `up_blocks.${i}`, j, attends),
      );
      const after = `output_blocks.${first + layers}.${attends ? 2 : 1}`;
      return i < last ? [...blocks, [after, `up_blocks.${i}.upsamplers.0`]] : blocks;
    }),
  ];
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

const block = (theirs: string, ours: string, layer: number, attends: boolean): Pairs => [
  [`${theirs}.0`, `${ours}.resnets.${layer}`],
  ...(attends ? ([[`${theirs}.1`, `${ours}.attentions.${layer}`]] as const) : []),
];

/** Layers of those modules; those of attention are called the same. */
export const unetLayers: Pairs = [
  ["in_layers.0", "norm1"],
  ["in_layers.2", "conv1"],
  ["emb_layers.1", "time_emb_proj"],
  ["out_layers.0", "norm2"],
  ["out_layers.3", "conv2"],
  ["skip_connection", "conv_shortcut"],
];

/** Modules of an autoencoder of so many levels, with so many residual blocks in each of the encoder's. */
export function autoencoderModules(levels: number, layers: number): Pairs {
  const side = (name: "encoder" | "decoder"): Pairs => [
    [`${name}.norm_out`, `${name}.conv_norm_out`],
    [`${name}.mid.block_1`, `${name}.mid_block.resnets.0`],
    [`${name}.mid.attn_1`, `${name}.mid_block.attentions.0`],
    [`${name}.mid.block_2`, `${name}.mid_block.resnets.1`],
  ];
  return [
    ...side("encoder"),
    ...side("decoder"),
    ...numbers(levels).flatMap((i): Pairs => {
      const [down, up] = [`encoder.down.${i}`, `decoder.up.${levels - 1 - i}`];
      const resnets = (theirs: string, ours: string, count: number): Pairs =>
        numbers(count).map((j) => [`${theirs}.block.${j}`, `${ours}.resnets.${j}`]);
      return [
        ...resnets(down, `encoder.down_blocks.${i}`, layers),
        ...resnets(up, `decoder.up_blocks.${i}`, layers + 1),
        [`${down}.downsample`, `encoder.down_blocks.${i}.downsamplers.0`],
        [`${up}.upsample`, `decoder.up_blocks.${i}.upsamplers.0`],
      ];
    }),
  ];
}

/** Layers of those modules. */
export const autoencoderLayers: Pairs = [
  ["nin_shortcut", "conv_shortcut"],
  ["norm", "group_norm"],
  ["q", "to_q"],
  ["k", "to_k"],
  ["v", "to_v"],
  ["proj_out", "to_out.0"],
];

/** Renames keys by the longest module that they begin with, and then by the layer in it. */
export function renamer(modules: Pairs, layers: Pairs, direction: "toOurs" | "toTheirs"): (key: string) => string {
  const table = (pairs: Pairs) => new Map(pairs.map(([a, b]) => (direction === "toOurs" ? [a, b] : [b, a])));
  const [ofModules, ofLayers] = [table(modules), table(layers)];
  const split = (key: string, names: ReadonlyMap<string, string>): readonly [string, string] | undefined => {
    for (let dot = key.lastIndexOf("."); dot > 0; dot = key.lastIndexOf(".", dot - 1)) {
      const found = names.get(key.slice(0, dot));
      if (found !== undefined) return [found, key.slice(dot + 1)];
    }
    return undefined;
  };
  return (key) => {
    const [module, rest] = split(key, ofModules) ?? [];
    if (module === undefined || rest === undefined) return key;
    const [layer, kind] = split(rest, ofLayers) ?? [];
    return layer === undefined ? `${module}.${rest}` : `${module}.${layer}.${kind}`;
  };
}
