import type { Picture } from "../../runtime/host.ts";
import type { PictureSet } from "./data.ts";

/** What music is to sound like. */
export interface Asked {
  readonly prompt: string;
  /** Labels of what is to be heard. */
  readonly sounds: readonly string[];
  readonly genre: string;
  readonly bpm: number;
}

/** What a listener hears in a clip: all labels that it knows, the surest first. */
export interface Hearing {
  readonly sounds: readonly string[];
  readonly genres: readonly string[];
}

/** A spectrum of real music, of the model's own form. */
export interface RealClip extends Asked {
  picture(): Picture;
}

/** What a model of music is measured on. */
export interface MusicData {
  /** What may be asked for. */
  readonly asked: readonly Asked[];
  /** Real clips that the model has not seen: what is best possible. */
  readonly real: readonly RealClip[];
  /** Real clips that distances are taken to. */
  readonly known: readonly RealClip[];
  /** Squares of spectra that an autoencoder has to give back. */
  readonly reconstructed: readonly PictureSet[];
  /** Listens to clips of one size. */
  hear(pictures: readonly Picture[]): Promise<Hearing[]>;
  close(): Promise<void>;
}
