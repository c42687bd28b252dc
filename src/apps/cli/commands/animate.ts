import { basename, resolve } from "node:path";
import { UsageError } from "../../../errors.ts";
import { openVideo } from "../../../host/node/video/open.ts";
import { nodeHost } from "../../../host/node.ts";
import { formatSettings } from "../../../image/settings.ts";
import { animate } from "../../../pipelines/animate/animate.ts";
import { followCamera, journeyOf } from "../../../pipelines/animate/camera.ts";
import { type AnimateProgress, type Animation, completed } from "../../../pipelines/animate/request.ts";
import { animationSettings } from "../../../pipelines/animate/settings.ts";
import { ClipModel } from "../../../pipelines/clip/clip.ts";
import { DiffusionModel } from "../../../pipelines/model/diffusion-model.ts";
import { withFewSteps } from "../../../pipelines/model/few-steps.ts";
import { carriesSound, type VideoWriter } from "../../../video/writer.ts";
import { adaptersOf } from "../adapters.ts";
import { options } from "../animation/options.ts";
import { type AnimateValues, type Named, namedEnd, readCamera, readRequest } from "../animation/request.ts";
import { readTrack } from "../animation/track.ts";
import { forgetOldest, JobNote, keptLatents } from "../animation/work.ts";
import { choicesOf, precisionOf, shownCalibration } from "../choices.ts";
import type { Context, Given } from "../command.ts";
import { engineOf } from "../engine.ts";
import { fastened } from "../fast.ts";
import { modelFolder, unusedName } from "../files.ts";
import { decimal } from "../options.ts";

export { options };

export const usage = `animate PROMPT PROMPT … [options]

Goes from prompt to prompt, all frames having their first steps in common. In place of a
prompt, or before one and a colon, stands a picture. What was drawn is kept: only what
changed is drawn anew, and --resume goes on with what was stopped.

  latentkit animate "a picture of a bear" "a picture of an apple" -o bear-apple.gif
  latentkit animate "a cat" "a dog" "a fox" --even --loop -o animals.mp4
  latentkit animate "a picture of a bear" "a picture of an apple" --fast
  latentkit animate bear.png "apple.png: a picture of an apple" --between 3 -o pictures.webp
  latentkit animate "a cat" "a dog" --audio drums.mp3 -o dance.mp4
  latentkit animate "a castle" --camera "zoom 1.04, rotate 1" --frames 48 -o journey.webm`;

export async function run(given: Given<typeof options>, context: Context): Promise<void> {
  const { signal, display, result } = context;
  const { positionals, values: own } = given.values.resume ? await resumed(given) : given;
  const values = fastened(own);
  const engine = engineOf(values);
  const precision = precisionOf(values);
  const fps = decimal("fps", values.fps, { least: 0.01, most: 1000 }) ?? 12;
  const host = nodeHost();
  const named = positionals.map(namedEnd);
  const request = await readRequest(host, values, named);
  const track = await readTrack(values, request, fps);
  const moved = track ? { ...request, movement: track.movement } : request;
  const camera = readCamera(values, moved);
  const output = values.output ?? (await unusedName(named.map(nameOf).join(" "), ".gif"));
  const prompts = named.flatMap(({ prompt }) => prompt ?? []);
  const asked = await adaptersOf(host, values, prompts);
  const folder = await modelFolder(host, values.model, context);
  const adapters = values.fast ? await withFewSteps(host, folder, asked) : asked;
  const choices = await choicesOf(host, values, context);
  const calibration = shownCalibration(context);
  const plain = await DiffusionModel.open(host, folder, { ...engine, ...choices, ...calibration, precision });
  const model = await plain.with(adapters);
  const { width, height } = completed(model, camera ? journeyOf(camera) : moved);
  const trackName = values.audio && basename(values.audio);
  const metadata = formatSettings(animationSettings(model, camera ?? moved, named.map(nameOf), trackName));
  for (const [i, { picture }] of request.ends.entries())
    if (picture && (picture.width !== width || picture.height !== height))
      display.note(
        `${named[i]!.file} has ${picture.width}x${picture.height} pixels: it is scaled and cut to ${width}x${height}`,
      );
  const files = [folder, ...(adapters.loras ?? []), ...(adapters.embeddings ?? [])].map((one) =>
    typeof one === "string" ? one : one.file,
  );
  const store = await keptLatents(host, files, { adapters, choices, engine, precision });
  const clip = (await host.exists(`${folder}/clip/config.json`))
    ? await ClipModel.open(host, folder, engine)
    : undefined;
  const note = new JobNote(output);
  const writer = await openVideo(output, { width, height, fps, metadata, ...(track && { audio: track.sound }) });
  if (track && !carriesSound(output))
    display.note(`${output} is silent, the track only moves it: take .mp4 or .webm to hear it`);
  const audio = values.audio && resolve(values.audio);
  await note.write(host, {
    positionals: named.map(absolute),
    values: { ...values, audio, seed: request.ends.map(({ seed }) => `${seed}`) },
  });
  const began = performance.now();
  try {
    const shared = { signal, store, preview: display.showsPictures, ...(clip && { clip }) };
    const run = camera ? followCamera(model, camera, shared) : animate(model, moved, shared);
    const animation = await written(run, writer, context);
    await note.remove();
    await forgetOldest();
    const seconds = Number(((performance.now() - began) / 1000).toFixed(3));
    const seeds = request.ends.map(({ seed }) => seed);
    const ends = animation.ends.map((end, i) => ({ ...named[i], ...end, seed: seeds[i] }));
    const measure = clip ? "CLIP and pixels" : "pixels";
    result({ file: output, fps, seconds, ...animation, measure, ends }, report(output, fps, animation, named, seeds));
  } catch (error) {
    await writer.abort();
    throw error;
  } finally {
    await model.close();
    await clip?.close();
  }
}

async function written(
  run: AsyncGenerator<AnimateProgress, Animation>,
  writer: VideoWriter,
  { display }: Context,
): Promise<Animation> {
  const labels = { opening: "opening", inverting: "noise of pictures", spacing: "placing frames", drawing: "drawing" };
  let shown = "";
  let next = await run.next();
  for (; !next.done; next = await run.next()) {
    const { stage, round, done, total, preview, picture } = next.value;
    if (preview) await display.preview(preview);
    const label = `${labels[stage]}${round === undefined ? "" : `, round ${round}`}`;
    if (total > 0 && shown !== `${label} ${done}`) display.progress({ done, total, label });
    shown = `${label} ${done}`;
    if (!picture) continue;
    if (display.showsPictures) await display.preview(picture);
    await writer.write(picture);
  }
  await writer.close();
  return next.value;
}

/** The stopped work on a file, with what was given anew in place of what was given then. */
async function resumed({ positionals, values }: Given<typeof options>): Promise<Given<typeof options>> {
  if (values.output === undefined) throw new UsageError("--resume goes with --output, the file that was to be made");
  const job = await new JobNote(values.output).read();
  const own = Object.entries(values).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value));
  return {
    positionals: positionals.length > 0 ? positionals : job.positionals,
    values: { ...(job.values as AnimateValues), ...(Object.fromEntries(own) as Partial<AnimateValues>) },
  };
}

const nameOf = ({ prompt, file }: Named): string =>
  [file && basename(file), prompt].filter((part) => part !== undefined).join(": ");

const absolute = ({ prompt, file }: Named): string =>
  [file && resolve(file), prompt].filter((part) => part !== undefined).join(": ");

function report(
  file: string,
  fps: number,
  { pictures, smoothness, ends }: Animation,
  named: readonly Named[],
  seeds: readonly number[],
): string {
  const { mean, max, maxToMedian, variation, jerk } = smoothness;
  const shown = (value: number | undefined, digits: number): string => value?.toFixed(digits) ?? "–";
  const ratio = `max/median ${shown(maxToMedian, 2)}, variation ${shown(variation, 2)}`;
  return [
    `${file} (${pictures} pictures, ${(pictures / fps).toFixed(1)} s, seed ${[...new Set(seeds)].join(", ")})`,
    `change from picture to picture: mean ${shown(mean, 3)}, max ${shown(max, 3)}, ${ratio}, jerk ${shown(jerk, 3)}`,
    ...ends.flatMap(({ similarity, psnr, autoencoderPsnr }, i) => {
      const figures = [
        ...(similarity === undefined ? [] : [`CLIP ${similarity.toFixed(3)}`]),
        ...(psnr === undefined
          ? []
          : [`PSNR ${psnr.toFixed(1)} dB (the autoencoder's own ${autoencoderPsnr!.toFixed(1)})`]),
      ];
      return figures.length > 0 ? [`${nameOf(named[i]!)}: ${figures.join(", ")}`] : [];
    }),
  ].join("\n");
}
