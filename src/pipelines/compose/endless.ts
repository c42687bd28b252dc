import { gainTo } from "../../audio/loudness.ts";
import { beatOffset, crossfaded } from "../../audio/on-the-beat.ts";
import { cutSound, fromDecibels, type Sound } from "../../audio/sound.ts";
import type { Latents } from "../../diffusion/index.ts";
import type { Picture } from "../../runtime/host.ts";
import { askedTempo } from "./asked-tempo.ts";
import { usualBlack } from "./compose.ts";
import { Composer, type Track } from "./composer.ts";
import { type Origin, originAt, originOf } from "./ends.ts";
import type { MusicModel } from "./form.ts";
import { beatsInBar, checkComposing, columnsPerBeat, type Manner, stepOf } from "./request.ts";
import { soundOf, stereoPicture } from "./sound.ts";

/** Music without end. */
export interface EndlessRequest extends Manner {
  /** Where it goes from one to the next, and from the last to the first. One alone is drawn from ever other noise. */
  readonly prompts: readonly string[];
  /** Clips from one prompt to the next; 4 unless told, as in Riffusion. */
  readonly clips?: number;
}

export interface EndlessOptions {
  /** Clips that are composed before they are asked for, beside the one in work; 2 unless told. */
  readonly ahead?: number;
  readonly signal?: AbortSignal;
  /** Lets other work have its turn, from time to time. */
  readonly pause?: () => Promise<void>;
}

/** What is heard next. */
export interface Stretch {
  readonly sound: Sound;
  /** From this prompt to that one, how far. */
  readonly from: string;
  readonly to: string;
  readonly alpha: number;
}

/** Seconds that clips share, and in which a beat is sought, where there is no tempo; at most this part of a clip. */
const [overlap, part] = [0.5, 1 / 8];

/** Two sounds of this peak, in dBFS, that fade into each other are not clipped. */
const peak = -3.5;

/** How much louder a clip may be made than the one before, in dB: quiet ones are meant. */
const rise = 3;

/**
 * Plays on and on: clips from ever new noise, on the way from prompt to prompt, each cross-faded with the one before where
 * their beats fall together. What it yields is to be played in a row. A few clips are ready ahead of the listener; until
 * one is taken, no more are composed.
 */
export async function* playEndlessly(
  music: MusicModel,
  request: EndlessRequest,
  options: EndlessOptions = {},
): AsyncGenerator<Stretch, void> {
  const { ahead = 2 } = options;
  const stretches = joined(music, request, options);
  const ready: Promise<IteratorResult<Stretch, void>>[] = [];
  const ask = (): void => {
    const next = stretches.next();
    next.catch(() => {}); // told when it is its turn
    ready.push(next);
  };
  try {
    while (true) {
      while (ready.length <= ahead) ask();
      const next = await ready.shift()!;
      if (next.done) return;
      yield next.value;
    }
  } finally {
    ready.length = 0;
    await stretches.return();
  }
}

async function* joined(
  music: MusicModel,
  request: EndlessRequest,
  options: EndlessOptions,
): AsyncGenerator<Stretch, void> {
  const { clips: perPrompt = 4, ...manner } = request;
  checkComposing(music, manner);
  const measures = measuresOf(music, request);
  const { sampleRate } = music.form.parameters;
  const [period, shared] = [measures.period, measures.shared].map((seconds) => Math.round(seconds * sampleRate)) as [
    number,
    number,
  ];
  await music.model.prepare();
  const clips = new Clips(music, request, options, measures.columns);
  let tail: Sound | undefined;
  let last = Number.POSITIVE_INFINITY;
  for (let k = 0; ; k++) {
    const sound = await clips.at(k / perPrompt);
    const gain = Math.min(gainTo(sound, undefined, peak), last * fromDecibels(rise));
    last = gain;
    const loud = { ...sound, channels: sound.channels.map((samples) => samples.map((sample) => sample * gain)) };
    const start = tail ? beatOffset(tail, cutSound(loud, 0, shared + Math.round(measures.slack * sampleRate))) : 0;
    const body = cutSound(loud, start, start + period + shared);
    const channels = cutSound(body, 0, period).channels.map((samples) => samples.slice());
    if (tail) for (const [c, faded] of crossfaded(tail, body).channels.entries()) channels[c]!.set(faded);
    tail = cutSound(body, period, period + shared);
    const prompt = (i: number): string => request.prompts[i % request.prompts.length]!;
    const i = Math.floor(k / perPrompt);
    yield { sound: { sampleRate, channels }, from: prompt(i), to: prompt(i + 1), alpha: (k % perPrompt) / perPrompt };
  }
}

/** How long clips are, in seconds and columns: what each brings, what it shares with the next, what may be left out at its start. */
function measuresOf({ model, form }: MusicModel, { bpm }: EndlessRequest) {
  const step = stepOf(form.parameters);
  const own = (form.columns - 1) * step;
  const beat = bpm === undefined ? Math.min(overlap, own * part) : 60 / bpm;
  const bar = bpm === undefined ? undefined : beat * beatsInBar;
  const room = own - 2 * beat;
  const period = bar === undefined ? room : Math.max(1, Math.floor(room / bar)) * bar;
  const wanted = Math.ceil((period + 2 * beat) / step / model.factor + 1e-9) * model.factor + model.factor;
  return { period, shared: beat, slack: beat, columns: Math.max(form.columns, wanted) };
}

/** Composes clips along a row of origins without end. */
class Clips {
  readonly #music: MusicModel;
  readonly #request: EndlessRequest;
  readonly #options: EndlessOptions;
  readonly #columns: number;
  readonly #composer: Composer;
  /** The same for all clips. */
  #pulse: ReturnType<Composer["pulse"]> | undefined;
  /** The two that are needed, by number. */
  #origins = new Map<number, Origin>();

  constructor(music: MusicModel, request: EndlessRequest, options: EndlessOptions, columns: number) {
    this.#music = music;
    this.#request = request;
    this.#options = options;
    this.#columns = columns;
    const { signal } = options;
    this.#composer = new Composer(music, request, signal ? { signal } : {});
  }

  async at(position: number): Promise<Sound> {
    const { form, model } = this.#music;
    const { stereo = false, iterations, seed } = this.#request;
    const i = Math.floor(position);
    const pair = [await this.#origin(i), await this.#origin(i + 1)];
    this.#origins = new Map([i, i + 1].map((number, k) => [number, pair[k]!]));
    const origin = originAt(pair, position - i);
    const width = this.#columns / model.factor;
    const beat = columnsPerBeat(askedTempo(this.#request), form.parameters);
    this.#pulse ??= this.#composer.pulse(width, false, beat);
    const track: Track = { width, loop: false, noise: origin.noise, at: () => origin, pulse: await this.#pulse };
    const latents = await result(this.#composer.draw(track));
    const shown = (one: Latents): Promise<Picture> => this.#composer.picture(one, false);
    const takes = stereo ? await result(this.#composer.doubled(track, latents)) : undefined;
    const picture = takes ? stereoPicture(await shown(takes[0]), await shown(takes[1])) : await shown(latents);
    const parameters = { ...form.parameters, stereo: form.parameters.stereo || stereo };
    const samples = Math.floor((this.#columns - 1) * stepOf(parameters) * parameters.sampleRate);
    const playing = soundOf(picture, parameters, { samples, loop: false }, { black: usualBlack, iterations, seed });
    let step = playing.next();
    for (; !step.done; step = playing.next()) {
      await this.#options.pause?.();
      this.#options.signal?.throwIfAborted();
    }
    return step.value;
  }

  async #origin(i: number): Promise<Origin> {
    const { prompts, seed } = this.#request;
    return this.#origins.get(i) ?? originOf(this.#music.model, this.#request, prompts[i % prompts.length]!, seed + i);
  }
}

/** What a generator returns, whatever it yields before. */
async function result<T>(run: AsyncGenerator<unknown, T>): Promise<T> {
  let next = await run.next();
  while (!next.done) next = await run.next();
  return next.value;
}
