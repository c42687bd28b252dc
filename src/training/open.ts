import { autoencoderTraining } from "./autoencoder.ts";
import { clipTraining } from "./clip.ts";
import { autoencoderConfig, type CommonConfig, clipConfig, readConfig } from "./config.ts";
import type { Surroundings, Training } from "./loop.ts";

export const trainingKinds = ["autoencoder", "clip"] as const;
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
    case "clip": {
      const config = readConfig(clipConfig, json, name);
      return { training: await clipTraining(config, surroundings), config, fingerprint: fingerprint(config) };
    }
    case "autoencoder": {
      const config = readConfig(autoencoderConfig, json, name);
      return { training: await autoencoderTraining(config, surroundings), config, fingerprint: fingerprint(config) };
    }
  }
}

/** All of a config but what may change without changing the weights that come out. */
function fingerprint(config: CommonConfig): string {
  const { minutes, out, checkpointMinutes, sampleEvery, precision, steps, data, ...rest } = config;
  const { workers, ...samples } = data;
  return JSON.stringify({ ...rest, data: samples, ...(config.schedule === "cosine" && { steps }) });
}
