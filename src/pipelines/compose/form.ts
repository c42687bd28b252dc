import {
  parseSpectrogramForm,
  riffusionForm,
  type SpectrogramForm,
  spectrogramFile,
} from "../../audio/spectrogram-json.ts";
import { UserError } from "../../errors.ts";
import type { Host } from "../../runtime/host.ts";
import { readJson } from "../../weights/files.ts";
import type { DiffusionModel } from "../model/diffusion-model.ts";

/** A diffusion model whose pictures are of sound. */
export interface MusicModel {
  readonly model: DiffusionModel;
  readonly form: SpectrogramForm;
}

/**
 * What a model's pictures are: as its folder's spectrogram.json says, or without one as Riffusion's. Throws a UserError where
 * they are not of sound.
 */
export async function musicModel(host: Host, model: DiffusionModel): Promise<MusicModel> {
  const path = `${model.folder}/${spectrogramFile}`;
  const form = (await host.exists(path)) ? parseSpectrogramForm(await readJson(host, path), path) : riffusionForm;
  const { melBands } = form.parameters;
  if (model.isInpainting)
    throw new UserError(
      `${model.folder} is an in-painting model, which fills holes in pictures: compose with another one`,
    );
  if (model.pictureSize !== melBands)
    throw new UserError(
      `${model.folder} draws pictures of ${model.pictureSize} rows, but spectra have ${melBands}: it is no model of music, or its ${spectrogramFile} is missing`,
    );
  if (form.columns % model.factor !== 0)
    throw new UserError(`${path}: columns is ${form.columns}, but must be a multiple of ${model.factor}`);
  return { model, form };
}
