import { extname } from "node:path";
import { doubleTags, tagsOf } from "../../../audio/spectrogram-parameters.ts";
import { writeWav } from "../../../audio/wav-write.ts";
import { waveformPicture } from "../../../audio/waveform.ts";
import { UsageError } from "../../../errors.ts";
import { soundEndings, writeSound } from "../../../host/node/sound.ts";
import { formatExif, insertExif } from "../../../image/exif.ts";
import { insertParameters } from "../../../image/parameters.ts";
import { formatSettings } from "../../../image/settings.ts";
import type { Composed } from "../../../pipelines/compose/request.ts";
import type { Host } from "../../../runtime/host.ts";
import type { Context } from "../command.ts";
import { checkWritable, unusedName } from "../files.ts";
import type { ComposeValues } from "./request.ts";

/** Where a piece goes. */
export interface ComposeOutput {
  /** A file, or undefined for standard output. */
  readonly file: string | undefined;
  readonly picture: string | undefined;
  readonly waveform: string | undefined;
}

/** Throws what would otherwise be wrong when all is composed. */
export async function planComposing(
  values: ComposeValues & { readonly json: boolean },
  prompt: string,
): Promise<ComposeOutput> {
  const { output, picture, waveform, json } = values;
  if (output === "-" && json)
    throw new UsageError(
      "-o - fills standard output with sound, where --json would print: name a file for one of them",
    );
  const file = output === "-" ? undefined : (output ?? (await unusedName(prompt || "music", ".wav")));
  if (file !== undefined && !soundEndings.includes(extname(file).toLowerCase()))
    throw new UsageError(`--output ${file} does not end in ${soundEndings.join(", ")}, which decide the format`);
  for (const [name, path] of Object.entries({ picture, waveform }))
    if (path !== undefined && extname(path).toLowerCase() !== ".png")
      throw new UsageError(`--${name} ${path} does not end in .png`);
  for (const path of [file, picture, waveform]) if (path !== undefined) await checkWritable(path);
  return { file, picture, waveform };
}

/** Writes a piece, its settings inside, and the pictures of it. */
export async function writeComposed(
  host: Host,
  { sound, picture, parameters, black, settings }: Composed,
  output: ComposeOutput,
  { writeBytes }: Pick<Context, "writeBytes">,
): Promise<void> {
  const comment = formatSettings(settings);
  if (output.picture !== undefined) {
    const png = await host.encodePicture(picture, "png");
    const tagged = insertExif(png, formatExif(tagsOf(parameters, black), doubleTags));
    await host.write(output.picture, [insertParameters(tagged, "png", comment)]);
  }
  if (output.waveform !== undefined)
    await host.write(output.waveform, [await host.encodePicture(waveformPicture(sound), "png")]);
  if (output.file === undefined) await writeBytes(writeWav(sound, "pcm16", { ICMT: comment }));
  else await writeSound(output.file, sound, { comment });
}
