import { join, resolve } from "node:path";
import { UsageError } from "../../../errors.ts";
import { cacheFolder } from "../../../host/node/cache-folder.ts";
import { type TrainedHead, trainHead, writeHead } from "../../../pipelines/clip/train-head.ts";
import { sha256 } from "../../../weights/digest.ts";
import type { Context } from "../command.ts";
import { checkWritable } from "../files.ts";
import { type GivenModel, openModel } from "../search/open.ts";
import { labelledPictures } from "./labelled.ts";

export interface TrainHeadCommand {
  /** Folder of folders, or CSV file. */
  readonly place: string;
  readonly output: string;
  /** The class whose probability is wanted. */
  readonly of: string | undefined;
  readonly model: GivenModel;
}

export async function trainHeadCommand(command: TrainHeadCommand, context: Context): Promise<void> {
  const { place, output, of, model: given } = command;
  if (!/\.safetensors$/i.test(output)) throw new UsageError(`--output ${output} does not end in .safetensors`);
  await checkWritable(output);
  const { host, model, identity } = await openModel(given, "pocket", context);
  try {
    const { kind, pictures } = await labelledPictures(host, place, of);
    const name = await sha256(new TextEncoder().encode(`${identity.digest} ${resolve(place)}`));
    const cache = join(cacheFolder(), "vectors", `${name}.safetensors`);
    const steps = trainHead({ model, kind, pictures, cache, signal: context.signal });
    let step = await steps.next();
    for (; !step.done; step = await steps.next()) {
      const { stage, ...progress } = step.value;
      context.display.progress({ label: stage, ...progress });
    }
    const { head, ...trained } = step.value;
    const about = { model: identity.name, digest: identity.digest };
    await writeHead(host, output, head, { ...about, ...(of !== undefined && { of }), pictures: `${trained.pictures}` });
    context.result({ output, kind, of, model: identity, ...trained }, describe(output, of, step.value));
  } finally {
    await model.close();
  }
}

function describe(output: string, of: string | undefined, trained: TrainedHead): string {
  const { pictures, members, heldOut, unreadable } = trained;
  const { r2, meanError, rankCorrelation, auc, accuracy } = heldOut;
  const what = members === undefined ? "a score" : `the probability of ${of}`;
  const from = members === undefined ? `${pictures} pictures` : `${pictures} pictures, ${members} of them ${of}`;
  const figures =
    auc === undefined
      ? `R² ${r2!.toFixed(3)}, off by ${meanError!.toPrecision(3)} on average, rank correlation ${rankCorrelation!.toFixed(3)}`
      : `area under the ROC curve ${auc.toFixed(3)}, ${(100 * accuracy!).toFixed(1)} % on the right side of ½`;
  return [
    `${output}: ${what}, from ${from}`,
    `on pictures left out: ${figures}`,
    ...unreadable.slice(0, 10).map((problem) => `  left out: ${problem}`),
    ...(unreadable.length > 10 ? [`  and ${unreadable.length - 10} more; --json names them`] : []),
  ].join("\n");
}
