import { setImmediate } from "node:timers/promises";
import { wavHeader, wavSamples } from "../../../audio/wav-write.ts";
import { UsageError } from "../../../errors.ts";
import { playEndlessly } from "../../../pipelines/compose/endless.ts";
import type { MusicModel } from "../../../pipelines/compose/form.ts";
import type { ComposeRequest } from "../../../pipelines/compose/request.ts";
import type { Context } from "../command.ts";
import { wholeNumber } from "../options.ts";
import type { ComposeValues } from "./request.ts";

/** Throws a UsageError for options of pieces that end. */
export function checkEndless(values: ComposeValues & { readonly json: boolean }): void {
  const { output, seconds, init, picture, waveform, json } = values;
  if (output !== undefined && output !== "-")
    throw new UsageError(
      `--endless plays on standard output: leave out --output ${output}, or write … --endless > ${output}`,
    );
  for (const [name, value] of Object.entries({ seconds, init, picture, waveform }))
    if (value !== undefined) throw new UsageError(`--${name} is of a piece that ends, but --endless has none`);
  if (json) throw new UsageError("--endless fills standard output with sound, where --json would print");
}

/** Plays until the program is stopped or nobody listens any more. */
export async function play(
  music: MusicModel,
  { init: _, seconds: __, ...request }: ComposeRequest,
  clips: string | undefined,
  { signal, display, writeBytes }: Context,
): Promise<void> {
  const count = wholeNumber("clips", clips, { least: 1, most: 10_000 });
  const playing = playEndlessly(
    music,
    { ...request, ...(count !== undefined && { clips: count }) },
    { signal, pause: () => setImmediate() },
  );
  let begun = false;
  for await (const { sound, from, to, alpha } of playing) {
    const { sampleRate, channels } = sound;
    const header = wavHeader({ sampleRate, channels: channels.length, length: Number.POSITIVE_INFINITY });
    if (!begun && !(await writeBytes(header))) return;
    begun = true;
    display.note(from === to ? from : `${from} → ${to}, ${Math.round(100 * alpha)} %`);
    if (!(await writeBytes(wavSamples(sound)))) return;
  }
}
