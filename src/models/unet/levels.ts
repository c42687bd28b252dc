import type { BlockConfig, MidBlockConfig } from "./blocks.ts";
import type { UNetConfig, UNetLevel } from "./config.ts";
import type { TransformerConfig } from "./transformer.ts";

/** Width of the time embedding. */
export const timeWidth = ({ levels }: UNetConfig): number => 4 * levels[0]!.channels;

const attention = (config: UNetConfig, { channels, heads }: UNetLevel): TransformerConfig => ({
  channels,
  heads,
  context: config.context,
  groups: config.groups,
  projection: config.projection,
});

/** `inputs`: channels into each residual block of the level. */
function block(config: UNetConfig, level: UNetLevel, inputs: readonly number[], last: boolean): BlockConfig {
  const time = timeWidth(config);
  return {
    resnets: inputs.map((channels) => ({ in: channels, out: level.channels, time, groups: config.groups })),
    attentions: level.attention ? inputs.map(() => attention(config, level)) : [],
    resample: last ? undefined : level.channels,
  };
}

export function downBlocks(config: UNetConfig): BlockConfig[] {
  const { levels, layers } = config;
  return levels.map((level, i) => {
    const inputs = Array.from({ length: layers }, (_, j) => (j === 0 && i > 0 ? levels[i - 1]! : level).channels);
    return block(config, level, inputs, i === levels.length - 1);
  });
}

export function midBlock(config: UNetConfig): MidBlockConfig {
  const level = config.levels.at(-1)!;
  const { channels } = level;
  return {
    resnet: { in: channels, out: channels, time: timeWidth(config), groups: config.groups },
    attention: attention(config, level),
  };
}

/** Channels of the states that the way down leaves for the way up, in the order they are made. */
function skipChannels({ levels, layers }: UNetConfig): number[] {
  const first = levels[0]!.channels;
  const states = levels.flatMap(({ channels }) => Array<number>(layers + 1).fill(channels)); // the last of each: halved
  return [first, ...states.slice(0, -1)]; // the coarsest level is not
}

export function upBlocks(config: UNetConfig): BlockConfig[] {
  const skips = skipChannels(config);
  const levels = config.levels.toReversed();
  return levels.map((level, i) => {
    const inputs = Array.from({ length: config.layers + 1 }, (_, j) => {
      const from = j === 0 && i > 0 ? levels[i - 1]! : level;
      return from.channels + skips.pop()!;
    });
    return block(config, level, inputs, i === levels.length - 1);
  });
}
