import { setImmediate } from "node:timers/promises";
import { clippedShare, loudnessOf } from "../../../audio/loudness.ts";
import { durationOf } from "../../../audio/sound.ts";
import { nodeHost } from "../../../host/node.ts";
import { compose } from "../../../pipelines/compose/compose.ts";
import { musicModel } from "../../../pipelines/compose/form.ts";
import type { Composed, ComposeProgress } from "../../../pipelines/compose/request.ts";
import { DiffusionModel } from "../../../pipelines/model/diffusion-model.ts";
import { adaptersOf } from "../adapters.ts";
import { choicesOf } from "../choices.ts";
import type { Context, Given } from "../command.ts";
import { checkEndless, play } from "../composing/endless.ts";
import { options } from "../composing/options.ts";
import { planComposing, writeComposed } from "../composing/output.ts";
import { readComposing } from "../composing/request.ts";
import { engineOf } from "../engine.ts";
import { modelFolder } from "../files.ts";

export { options };

export const usage = `compose "PROMPT" [options]

Composes music of a text, as Riffusion does: draws its spectrum and finds the sound that has it.
WAV files hold their settings, and --from composes them again. MP3, FLAC, OGG and M4A are
written after npm install node-av. --endless writes WAV of 16 bits and unknown length.

  latentkit compose "funk bassline with a jazzy saxophone" -o funk.wav
  latentkit compose "techno" --bpm 120 --seconds 8 -o loop.wav          # 4 bars, round and round
  latentkit compose "church bells" --to "techno beats" --seconds 60 -o bells.mp3
  latentkit compose "jazz piano" --init clip.wav --strength 0.5 --mask 2-4
  latentkit compose "lo-fi" --to "bossa nova" --bpm 90 --endless | aplay`;

export async function run({ values: given, positionals }: Given<typeof options>, context: Context): Promise<void> {
  const { signal, display, result } = context;
  const engine = engineOf(given);
  const host = nodeHost();
  const { request, values } = await readComposing(host, given, positionals);
  if (values.endless) checkEndless({ ...values, json: given.json });
  const output = values.endless
    ? undefined
    : await planComposing({ ...values, json: given.json }, request.prompts.join(" "));
  const adapters = await adaptersOf(host, values, request.prompts);
  const folder = await modelFolder(host, values.model ?? "pocket-music", context);
  const plain = await DiffusionModel.open(host, folder, { ...engine, ...(await choicesOf(host, values, context)) });
  const model = await plain.with(adapters);
  const began = performance.now();
  try {
    const music = await musicModel(host, model);
    if (!output) return await play(music, request, values.clips, context);
    const composed = await shown(compose(music, request, { signal, preview: display.showsPictures }), context);
    await writeComposed(host, composed, output, context);
    const { sound, settings } = composed;
    const { seed, prompt, negative, steps, sampler, guidance, strength, more } = settings;
    const figures = {
      seconds: Number(durationOf(sound).toFixed(6)),
      sampleRate: sound.sampleRate,
      channels: sound.channels.length,
      loudness: Number(loudnessOf(sound).toFixed(2)),
      clipped: clippedShare(sound),
      took: Number(((performance.now() - began) / 1000).toFixed(3)),
    };
    const length = `${figures.seconds.toFixed(2)} s, seed ${seed}`;
    if (output.file === undefined) return display.note(length);
    const { file, picture, waveform } = output;
    const drawn = { prompt, to: request.prompts.slice(1), negative, steps, sampler, guidance, seed, strength };
    const tempo = more?.get("BPM");
    const others = { picture, waveform, model: model.name, ...(tempo !== undefined && { bpm: Number(tempo) }) };
    result(
      { file, ...others, ...drawn, ...figures },
      [`${file} (${length})`, picture, waveform].filter(Boolean).join("\n"),
    );
  } finally {
    await model.close();
  }
}

async function shown(run: AsyncGenerator<ComposeProgress, Composed>, { display }: Context): Promise<Composed> {
  const labels = { opening: "opening", composing: "composing", playing: "finding the sound" };
  let next = await run.next();
  for (; !next.done; next = await run.next()) {
    const { stage, done, total, preview } = next.value;
    if (preview) await display.preview(preview);
    display.progress({ done, total, label: labels[stage] });
    // A chance for the user to stop.
    await setImmediate();
  }
  return next.value;
}
