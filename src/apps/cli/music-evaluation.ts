import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { spectrogramFile } from "../../audio/spectrogram-json.ts";
import { UserError } from "../../errors.ts";
import { loadModule } from "../../host/node/load-module.ts";
import type { EvaluationProgress } from "../../pipelines/evaluate/data.ts";
import { type EvaluateOptions, type Evaluation, evaluate } from "../../pipelines/evaluate/evaluate.ts";
import type { Drawn } from "../../pipelines/evaluate/generation.ts";
import { evaluateMusic, type HeardFigures, type MusicFigures } from "../../pipelines/evaluate/music.ts";
import type { MusicData } from "../../pipelines/evaluate/music-data.ts";
import type { Host } from "../../runtime/host.ts";

/** Where `tools/music/render.ts` writes. */
export const renderedMusic = ".corpus-music";

/** Whether a model's pictures are of sound. */
export const isMusic = (host: Host, model: string): Promise<boolean> => host.exists(`${model}/${spectrogramFile}`);

/** The rendered music and the listener, which are no part of the published package. Throws a UserError without them. */
export async function openMusicData(host: Host, folder: string): Promise<MusicData> {
  const module = fileURLToPath(new URL("../../../tools/music/evaluation.ts", import.meta.url));
  if (!existsSync(module))
    throw new UserError(
      "models of music are measured on rendered music, which only a checkout of the sources can make",
    );
  const { musicData } = (await loadModule(module)) as { musicData(host: Host, folder: string): Promise<MusicData> };
  try {
    return await musicData(host, folder);
  } catch (error) {
    // By name, since the corpus maker brings its own copy of the class.
    if (error instanceof Error && error.name === "UserError") throw new UserError(error.message);
    throw error;
  }
}

/**
 * Measures a model of music: how its autoencoder gives spectra back, and what is heard of what it composes. Throws a
 * UserError where something else is asked for.
 */
export async function* measureMusic(
  host: Host,
  model: string,
  folder: string,
  { only, ...options }: EvaluateOptions,
): AsyncGenerator<EvaluationProgress, { evaluation: Evaluation; drawn: readonly Drawn[] }> {
  if (only === "clip" || only === "denoiser")
    throw new UserError(
      `${only} is not measured of models of music; leave out --only, or give autoencoder or generation`,
    );
  const data = await openMusicData(host, folder);
  try {
    const spectra = { things: [], reconstructed: data.reconstructed, recognised: [], known: [] };
    const seen =
      only === "generation" ? undefined : yield* evaluate(host, model, spectra, { ...options, only: "autoencoder" });
    const heard = only === "autoencoder" ? undefined : yield* evaluateMusic(host, model, data, options);
    const precision = options.precision ?? ("fp32" as const);
    const evaluation = { ...seen?.evaluation, model, precision, ...(heard && { music: heard.figures }), omitted: {} };
    return { evaluation, drawn: (heard?.drawn ?? []).map((clip) => ({ ...clip, label: clip.prompt })) };
  } finally {
    await data.close();
  }
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** The figures in rows: of what, on which clips, how many, the value. */
export function musicRows(figures: MusicFigures): string[][] {
  const { drawn, real, sounds, genres, loudness, clipped, distances, secondsPerClip } = figures;
  const heard = (set: string, of: HeardFigures): string[][] =>
    [
      [`sounds asked for are among the listener's first 3 of ${sounds}`, percent(of.sounds)],
      ["all of a clip's are", percent(of.allSounds)],
      [`genre is the listener's first choice of ${genres}`, percent(of.genre1)],
      ["genre is among its first 3", percent(of.genre3)],
      ["tempo within 4 % of the one asked for", percent(of.tempo)],
      ["tempo, its half or its double within 4 %", percent(of.octaveTempo)],
    ].map(([figure, value]) => [figure!, set, String(of.clips), value!]);
  const composed = (figure: string, value: string): string[] => [figure, "composed clips", String(drawn.clips), value];
  return [
    ...heard("composed clips", drawn),
    ...heard("real held-out clips", real),
    ...(distances
      ? [
          composed(
            "Fréchet distance, own CLIP (real clips)",
            `${distances.frechet.toFixed(1)} (${distances.frechetOfReal.toFixed(1)})`,
          ),
        ]
      : []),
    composed("loudness", `${loudness.toFixed(1)} dBFS`),
    composed("clipped samples", percent(clipped)),
    composed("time for a clip", `${secondsPerClip.toFixed(2)} s`),
  ];
}
