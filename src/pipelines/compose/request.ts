import type { Sound } from "../../audio/sound.ts";
import { framing, type SpectrogramParameters } from "../../audio/spectrogram-parameters.ts";
import { UserError } from "../../errors.ts";
import type { Settings } from "../../image/settings.ts";
import type { Picture } from "../../runtime/host.ts";
import { checkRequest } from "../draw/request.ts";
import { fastestAsked, slowestAsked } from "./asked-tempo.ts";
import type { MusicModel } from "./form.ts";

/** How music is drawn, whatever its length. */
export interface Manner {
  /** What is not to be heard. */
  readonly negative?: string;
  readonly steps?: number;
  /** 1 follows the prompt alone; more, closer. */
  readonly guidance?: number;
  readonly rescale?: number;
  readonly sampler?: string;
  readonly schedule?: string;
  readonly clipSkip?: number;
  /** See `DrawRequest`. */
  readonly cache?: number;
  /** A whole number from 0 on; what comes after the first prompt has the next ones. */
  readonly seed: number;
  /** Beats a minute. Prompts say it unless they name one; lengths are whole bars of four beats. */
  readonly bpm?: number;
  /** How strongly beats are accented where the request or its prompts say a tempo: 1 unless told, 0 leaves them to the model. */
  readonly beat?: number;
  /** Two channels of a model that draws one: the music once more for each, a little different. */
  readonly stereo?: boolean;
  /** Turns in which phases are found. */
  readonly iterations?: number;
}

/** A piece of music. */
export interface ComposeRequest extends Manner {
  /** One, or several that the music goes through from its beginning to its end. */
  readonly prompts: readonly string[];
  /** The model's clip without; with several prompts five clips from each to the next. */
  readonly seconds?: number;
  readonly init?: InitialSound;
}

/** A sound to start from. */
export interface InitialSound {
  readonly sound: Sound;
  /** How much of it may change, 0 to 1. */
  readonly strength?: number;
  /** Seconds that are composed anew, all others stay; all are composed anew without. */
  readonly anew?: readonly Span[];
  /** White where its spectrum is drawn anew, black where it stays; together with `anew` where both say so. */
  readonly mask?: Picture;
}

/** From one second to another. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface ComposeOptions {
  /** Whether to give previews. */
  readonly preview?: boolean;
  /** Ends the work before its next step, with the signal's reason as error. */
  readonly signal?: AbortSignal;
}

export interface ComposeProgress {
  readonly stage: "opening" | "composing" | "playing";
  /** Steps done and to be done. */
  readonly done: number;
  readonly total: number;
  /** What the spectrum may become, a pixel for a latent. */
  readonly preview?: Picture;
}

/** Music, and everything to compose it again. */
export interface Composed {
  /** As loud as is usual, and not clipped. */
  readonly sound: Sound;
  /** Its spectrum, and what that was drawn with. */
  readonly picture: Picture;
  readonly parameters: SpectrogramParameters;
  /** Amplitude of the picture's black, on the scale of 16-bit samples. */
  readonly black: number;
  readonly settings: Settings & { readonly seed: number };
}

/** Beats of a bar. */
export const beatsInBar = 4;

/** Clips from one prompt to the next, both counted: Riffusion's α goes by quarters. */
const clipsBetween = 5;

/** Hours would take hours. */
const mostSeconds = 3600;

/** How long a piece is. */
export interface Extent {
  /** Of the sound. */
  readonly samples: number;
  /** Of the pictures that are drawn; of a loop all, of others those that the sound needs at least. */
  readonly columns: number;
  /** Columns of the clips whose noise is one; all without several prompts. */
  readonly clip: number;
  readonly loop: boolean;
}

/** A length in seconds that is a whole number of bars, the nearest. */
export const inBars = (seconds: number, bpm: number): number => {
  const bar = (60 * beatsInBar) / bpm;
  return Math.max(1, Math.round(seconds / bar)) * bar;
};

/** Seconds from column to column, which are whole samples. */
export const stepOf = (parameters: SpectrogramParameters): number => framing(parameters).hop / parameters.sampleRate;

/** Columns of the pictures from beat to beat; a loop's are as long as makes whole beats of it. undefined without a tempo. */
export function columnsPerBeat(
  bpm: number | undefined,
  parameters: SpectrogramParameters,
  extent?: Extent,
): number | undefined {
  if (bpm === undefined) return undefined;
  if (!extent?.loop) return 60 / bpm / stepOf(parameters);
  return extent.columns / Math.round((extent.samples / parameters.sampleRate) * (bpm / 60));
}

/** How long the music of a request is. A piece of one prompt and a tempo is a loop. */
export function extentOf({ model, form }: MusicModel, { prompts, seconds, bpm, init }: ComposeRequest): Extent {
  const { sampleRate } = form.parameters;
  const step = stepOf(form.parameters);
  const own = (form.columns - 1) * step;
  const given = init && init.sound.channels[0]!.length / init.sound.sampleRate;
  const clipLength = bpm === undefined ? form.columns * step : inBars(form.columns * step, bpm);
  const usual = prompts.length > 1 ? (prompts.length - 1) * clipsBetween * clipLength : (given ?? own);
  const length = bpm === undefined ? (seconds ?? usual) : inBars(seconds ?? usual, bpm);
  const samples = Math.round(length * sampleRate);
  const columns = (time: number): number => Math.ceil(time / step / model.factor - 1e-9) * model.factor;
  if (prompts.length > 1) {
    const clip = Math.max(model.factor, Math.round(clipLength / step / model.factor) * model.factor);
    const clips = Math.max(2, Math.ceil((length + step) / step / clip - 1e-9));
    return { samples, columns: clips * clip, clip, loop: false };
  }
  const loop = bpm !== undefined;
  const all = loop
    ? Math.max(model.factor, Math.round(length / step / model.factor) * model.factor)
    : Math.max(form.columns, columns(length + step));
  return { samples, columns: all, clip: all, loop };
}

/** Throws a UserError for what cannot be composed. */
export function checkComposing({ model, form }: MusicModel, request: ComposeRequest): void {
  const { prompts, seconds, bpm, beat = 1, init, iterations = 40, negative: _, stereo: __, ...manner } = request;
  const { melBands, stereo, sampleRate } = form.parameters;
  checkRequest(model, { ...manner, prompts, width: form.columns, height: melBands });
  if (prompts.length === 0) throw new UserError("there is no prompt to compose");
  if (seconds !== undefined && !(seconds > 0 && seconds <= mostSeconds))
    throw new UserError(`${seconds} seconds cannot be composed: ask for more than 0 and at most ${mostSeconds}`);
  if (bpm !== undefined && !(bpm >= slowestAsked && bpm <= fastestAsked))
    throw new UserError(`${bpm} bpm is not a tempo from ${slowestAsked} to ${fastestAsked}`);
  if (!(beat >= 0 && beat <= 2)) throw new UserError(`a beat of ${beat} is not from 0 to 2`);
  if (!Number.isInteger(iterations) || iterations < 1)
    throw new UserError(`${iterations} iterations: 1 or more are needed`);
  if (request.stereo && stereo)
    throw new UserError(`${model.folder} draws both channels: its music is stereo without being asked to`);
  if (!init) return;
  const { sound, strength = 0, anew = [] } = init;
  const length = sound.channels[0]!.length / sound.sampleRate;
  if (!(strength >= 0 && strength <= 1)) throw new UserError(`strength ${strength} is not from 0 to 1`);
  if (prompts.length > 1)
    throw new UserError("a sound to start from goes with one prompt: leave out the others, or the sound");
  if (seconds !== undefined && seconds > length + 1 / sampleRate)
    throw new UserError(`the sound to start from lasts ${length.toFixed(2)} s, less than the ${seconds} s asked for`);
  for (const { from, to } of anew)
    if (!(from >= 0 && to > from && from < length))
      throw new UserError(`${from}-${to} is no part of a sound of ${length.toFixed(2)} s: name seconds as in 2-4`);
}
