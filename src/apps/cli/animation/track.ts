import { percussiveProgress } from "../../../audio/progress.ts";
import { cutSound, durationOf, lengthOf, type Sound, toMono } from "../../../audio/sound.ts";
import { UsageError } from "../../../errors.ts";
import { readSound } from "../../../host/node/sound.ts";
import type { AnimateRequest } from "../../../pipelines/animate/request.ts";
import { decimal } from "../options.ts";
import type { AnimateValues } from "./request.ts";

/** What is heard from the first picture on, and how far along the way it has moved each frame. */
export interface Track {
  readonly sound: Sound;
  readonly movement: readonly number[];
}

/** The track of --audio; undefined where there is none. Without --frames, there are as many as it lasts. */
export async function readTrack(
  values: AnimateValues,
  request: AnimateRequest,
  fps: number,
): Promise<Track | undefined> {
  const start = decimal("audio-start", values["audio-start"], { least: 0 });
  const smooth = decimal("audio-smooth", values["audio-smooth"], { least: 0, most: 1 });
  if (values.audio === undefined) {
    if (start === undefined && smooth === undefined) return undefined;
    throw new UsageError(
      `--${start === undefined ? "audio-smooth" : "audio-start"} goes with --audio, which is missing`,
    );
  }
  if (values.easing !== undefined || values["ping-pong"] || values.frames.length > 1)
    throw new UsageError("--audio moves the picture: leave out --easing, --ping-pong and all but one --frames");
  const whole = await readSound(values.audio);
  const { sampleRate } = whole;
  const sound = cutSound(whole, Math.round((start ?? 0) * sampleRate), lengthOf(whole));
  const { between = 1, ends, playback } = request;
  const pairs = Math.max(1, ends.length - (playback === "loop" ? 0 : 1));
  const frames = request.frames ? pairs * (request.frames - 1) + 1 : Math.floor((durationOf(sound) * fps) / between);
  const [mono] = toMono(whole).channels as [Float32Array];
  const options = {
    frames: Math.max(frames, pairs + 1),
    fps: fps / between,
    ...(start && { start }),
    ...(smooth && { smooth }),
  };
  return { sound, movement: [...percussiveProgress(mono, sampleRate, options)] };
}
