import { Fields } from "../fields.ts";
import { checkParameters, riffusionParameters, type SpectrogramParameters } from "./spectrogram-parameters.ts";

/** What a model's pictures of sound are: its `spectrogram.json`. */
export interface SpectrogramForm {
  readonly parameters: SpectrogramParameters;
  /** Width of the pictures that it draws at once: as wide as those that it was trained on, or wider. */
  readonly columns: number;
}

/** The name of the file, in a model's folder. */
export const spectrogramFile = "spectrogram.json";

/** Pictures of Riffusion's model are squares. */
export const riffusionForm: SpectrogramForm = { parameters: riffusionParameters, columns: 512 };

/** Reads a form; what it leaves out is as in Riffusion. Throws a UserError that names the field which is wrong. */
export function parseSpectrogramForm(json: unknown, where: string): SpectrogramForm {
  const fields = new Fields(json, where);
  const { stereo, ...numbers } = riffusionParameters;
  const given = Object.entries(numbers).map(([name, usual]) => [name, fields.number(name, usual)] as const);
  const parameters = { ...Object.fromEntries(given), stereo: fields.flag("stereo", stereo) };
  const columns = fields.count("columns", riffusionForm.columns, 2 ** 16);
  fields.end();
  return { parameters: checkParameters(parameters as unknown as SpectrogramParameters, where), columns };
}

export const spectrogramFormToJson = ({ parameters, columns }: SpectrogramForm): Readonly<Record<string, unknown>> => ({
  ...parameters,
  columns,
});
