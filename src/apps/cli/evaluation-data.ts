import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { UserError } from "../../errors.ts";
import { loadModule } from "../../host/node/load-module.ts";
import type { EvaluationData, Shown, Thing } from "../../pipelines/evaluate/data.ts";
import type { Host } from "../../runtime/host.ts";
import { cutSquare } from "../../training/data/cut.ts";
import { folderSamples } from "../../training/data/folder.ts";
import { random } from "../../training/data/random.ts";
import { isPicture, type Sample, splitEnding } from "../../training/data/samples.ts";

/** Where `tools/corpus/render.ts` writes. */
export const renderedCorpus = ".corpus";

/**
 * What to measure a model on: a rendered corpus of emoji, sub-folders whose names say what their pictures show, or
 * pictures with captions as `train` reads them. Throws a UserError when there is nothing of the kind.
 */
export async function openEvaluationData(host: Host, folder: string): Promise<EvaluationData> {
  if (await host.exists(`${folder}/index.json`)) return corpusData(folder);
  if (await host.exists(folder)) return folderData(host, folder);
  throw new UserError(
    folder === renderedCorpus
      ? `there is no ${folder}: render it with npx tsx tools/corpus/render.ts, or name pictures of your own with --data`
      : `there is no folder ${folder}; name one with pictures`,
  );
}

/** The corpus maker is no part of the published package. */
async function corpusData(folder: string): Promise<EvaluationData> {
  const module = fileURLToPath(new URL("../../../tools/corpus/evaluation.ts", import.meta.url));
  if (!existsSync(module))
    throw new UserError(`${folder} is a rendered corpus, which only a checkout of the sources can read`);
  const { evaluationData } = (await loadModule(module)) as { evaluationData(folder: string): EvaluationData };
  try {
    return evaluationData(folder);
  } catch (error) {
    // By name, since the corpus maker brings its own copy of the class.
    if (error instanceof Error && error.name === "UserError") throw new UserError(error.message);
    throw error;
  }
}

async function folderData(host: Host, folder: string): Promise<EvaluationData> {
  const classes: Shown[] = [];
  for (const name of await host.list(folder)) {
    const inside = await host.list(`${folder}/${name}`);
    if (!inside.some((file) => isPicture(splitEnding(file)[1]))) continue;
    const label = name.replaceAll("_", " ");
    const thing = { label, prompt: `a picture of ${/^[aeiou]/i.test(label) ? "an" : "a"} ${label}` };
    classes.push(...(await folderSamples(host, `${folder}/${name}`)).map((sample) => shown(host, sample, thing)));
  }
  return oneSet(folder, classes.length > 0 ? classes : await captioned(host, folder));
}

async function captioned(host: Host, folder: string): Promise<Shown[]> {
  const samples = await folderSamples(host, folder);
  const captions = await Promise.all(samples.map(async (sample) => (await sample.caption()).trim()));
  return samples.map((sample, i) => shown(host, sample, { label: captions[i]!, prompt: captions[i]! }));
}

function shown(host: Host, sample: Sample, thing: Thing): Shown {
  return {
    ...thing,
    async picture(edge) {
      const picture = await host.decodePicture(await sample.picture(), sample.name);
      // The middle is cut out without any chance.
      return cutSquare(picture, random(0), { size: edge, crop: edge, window: "centre", flip: false });
    },
  };
}

function oneSet(name: string, pictures: readonly Shown[]): EvaluationData {
  const labelled = pictures.filter(({ label }) => label !== "");
  const things = new Map(labelled.map(({ label, prompt }) => [label, { label, prompt }]));
  return {
    things: [...things.values()],
    reconstructed: [{ name, pictures }],
    recognised: [{ name, pictures: labelled }],
    known: labelled,
  };
}
