import {
  autoencoderConfig,
  type ClipConfig,
  type CommonConfig,
  clipConfig,
  diffusionConfig,
  distilConfig,
  embeddingConfig,
  loraConfig,
  readConfig,
} from "./config.ts";
import type { Surroundings, Training } from "./loop.ts";

export const trainingKinds = ["autoencoder", "clip", "diffusion", "lora", "embedding", "distil"] as const;
export type TrainingKind = (typeof trainingKinds)[number];

export interface OpenedTraining {
  readonly training: Training;
  readonly config: CommonConfig;
  /** What must be the same for a run to be resumed. */
  readonly fingerprint: string;
}

/** Reads a config and prepares what it describes. Throws a UserError that names the field or file which is wrong. */
export async function openTraining(
  kind: TrainingKind,
  json: string,
  name: string,
  surroundings: Surroundings,
): Promise<OpenedTraining> {
  switch (kind) {
    case "autoencoder": {
      const config = readConfig(autoencoderConfig, json, name);
      const { autoencoderTraining } = await import("./autoencoder.ts");
      return opened(config, await autoencoderTraining(config, surroundings));
    }
    case "clip": {
      const config = readConfig(clipConfig, json, name);
      const { clipTraining } = await import("./clip.ts");
      return opened(config, await clipTraining(config, surroundings));
    }
    case "diffusion": {
      const config = readConfig(diffusionConfig, json, name);
      const { diffusionTraining } = await import("./diffusion.ts");
      return opened(config, await diffusionTraining(config, surroundings));
    }
    case "lora": {
      const config = readConfig(loraConfig, json, name);
      const { loraTraining } = await import("./lora.ts");
      return opened(config, await loraTraining(config, surroundings));
    }
    case "embedding": {
      const config = readConfig(embeddingConfig, json, name);
      const { embeddingTraining } = await import("./embedding.ts");
      return opened(config, await embeddingTraining(config, surroundings));
    }
    case "distil": {
      const config = readConfig(distilConfig, json, name);
      const { distilTraining } = await import("./distil.ts");
      return opened(config, await distilTraining(config, surroundings));
    }
  }
}

const opened = (config: CommonConfig, training: Training): OpenedTraining => ({
  training,
  config,
  fingerprint: fingerprint(config),
});

/** All of a config but what may change without changing the weights that come out. */
function fingerprint(config: CommonConfig): string {
  const { minutes, out, checkpointMinutes, sampleEvery, precision, steps, data, evaluate, ...rest } =
    config as CommonConfig & Partial<Pick<ClipConfig, "evaluate">>;
  const { workers, ...samples } = data;
  return JSON.stringify({ ...rest, data: samples, ...(config.schedule === "cosine" && { steps }) });
}
