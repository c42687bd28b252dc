import { describe, expect, it } from "vitest";
import { randomModelFolder } from "../../../tests/support/random-model-folder.ts";
import { data, finish, names, pictures, stripes } from "../../../tests/support/stripes.ts";
import { addNoise } from "../../diffusion/index.ts";
import { psnr } from "../../evaluation/psnr.ts";
import { nodeHost } from "../../host/node.ts";
import { picturesToTensor, tensorToPictures } from "../../image/tensor.ts";
import { normal } from "../../random/philox.ts";
import { ndarray } from "../../runtime/ndarray.ts";
import { classify } from "../clip/classify.ts";
import { ClipModel } from "../clip/clip.ts";
import { conditioned } from "../draw/conditioning.ts";
import { textToImage } from "../draw/text-to-image.ts";
import { DiffusionModel } from "../model/diffusion-model.ts";
import { choose, median } from "./data.ts";
import { type EvaluateOptions, evaluate } from "./evaluate.ts";

const host = nodeHost();
const folder = await randomModelFolder();

const measure = async (options: Partial<EvaluateOptions>, given = data, path = folder) =>
  (await finish(evaluate(host, path, given, { seed: 3, things: 2, steps: 2, ...options }))).result;

describe("evaluate", () => {
  it("compares what comes back from the autoencoder, byte by byte", async () => {
    const { evaluation } = await measure({ only: "autoencoder" });
    const model = await DiffusionModel.open(host, folder);
    const originals = [0, 1, 2].map((i) => stripes(i));
    const { mean } = await model.encode(picturesToTensor(originals));
    const back = tensorToPictures(await model.decode(mean));
    await model.close();
    const wanted = back.reduce((sum, picture, i) => sum + psnr(picture, originals[i]!), 0) / 3;
    expect(evaluation.autoencoder).toMatchObject([{ set: "some", pictures: 3 }]);
    expect(evaluation.autoencoder![0]!.psnr).toBeCloseTo(wanted, 2);
    expect(evaluation.clip).toBeUndefined();
  });

  it("counts how often CLIP's first guesses are right", async () => {
    const { evaluation } = await measure({ only: "clip" });
    const model = await ClipModel.open(host, folder);
    const guesses = await classify(
      model,
      names.map((_, i) => stripes(i)),
      names,
      ["a picture of a {}"],
    );
    await model.close();
    const within = (k: number): number =>
      guesses.filter((guess, i) => guess.slice(0, k).some(({ label }) => label === names[i])).length / names.length;
    expect(evaluation.clip).toEqual([{ set: "all", pictures: 7, labels: 7, top1: within(1), top5: within(5) }]);
    expect(within(5)).toBeGreaterThan(within(1));
  });

  it("denoises real pictures, told what they show and told nothing", async () => {
    const bear = { ...data, recognised: [{ name: "bears", pictures: pictures.slice(0, 1) }] };
    const { evaluation } = await measure({ only: "denoiser" }, bear);
    const model = await DiffusionModel.open(host, folder);
    const { mean } = await model.encode(picturesToTensor([stripes(0)]));
    const { schedule } = model.scheduler();
    const noise = ndarray(normal(3, 0, mean.data.length), mean.shape);
    const at = schedule.at(500);
    const noisy = addNoise(mean, noise, at);
    const wording = { prompt: "a picture of a bear", negative: "", steps: 1, skip: 0 };
    const said = await model.denoise(noisy, 500, (await conditioned(model, wording)()).prompt);
    await model.close();
    // Of noise, this model says ε.
    const clean = noisy.data.map((value, i) => (value - at.sigma * said.data[i]!) / at.alpha);
    const square = (values: Float32Array): number => values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
    const error = square(clean.map((value, i) => value - mean.data[i]!));
    const middle = mean.data.reduce((sum, value) => sum + value, 0) / mean.data.length;
    const [figures] = evaluation.denoiser!;
    expect(figures).toMatchObject({ set: "bears", pictures: 1 });
    expect(figures!.errors.map(({ timestep }) => timestep)).toEqual([100, 300, 500, 699, 899]);
    const { told, untold } = figures!.errors[2]!;
    expect(told).toBeCloseTo(error / square(mean.data.map((value) => value - middle)), 2);
    expect(untold).not.toBeCloseTo(told, 4);
  });

  it("draws a seeded choice of things as they are drawn alone, and tells how far it is", async () => {
    const work = evaluate(host, folder, data, {
      seed: 3,
      things: 2,
      steps: 2,
      guidance: 2,
      batch: 1,
      only: "generation",
    });
    const { seen, result } = await finish(work);
    const { evaluation, drawn } = result;
    expect(drawn.map(({ label }) => label)).toEqual(choose(names, 2, 3));
    const model = await DiffusionModel.open(host, folder);
    const alone = textToImage(model, { prompts: [drawn[1]!.prompt], seed: 4, steps: 2, guidance: 2 });
    let next = await alone.next();
    while (!next.done) next = await alone.next();
    await model.close();
    expect(drawn[1]!.image).toEqual(next.value[0]!.picture);
    expect(evaluation.generation).toMatchObject({
      pictures: 2,
      labels: 7,
      steps: 2,
      guidance: 2,
      sampler: "DPM++ 2M",
      seed: 3,
    });
    expect(evaluation.generation!.secondsPerPicture).toBeGreaterThan(0);
    const progress = seen.filter(({ label }) => label === "drawing");
    expect(progress.at(-1)).toMatchObject({ done: 2, total: 2 });
    expect(progress.map(({ done }) => done)).toEqual(progress.map(({ done }) => done).sort());
  });

  it("measures all that is there, on so many pictures, and says what is not", async () => {
    const { evaluation } = await measure({ pictures: 2 });
    expect(evaluation).toMatchObject({ autoencoder: [{ pictures: 2 }], clip: [{ pictures: 2 }], omitted: {} });
    expect(evaluation.generation!.distances!.known).toBe(5);
    const alone = await measure({}, data, `${folder}/vae`);
    expect(Object.keys(alone.evaluation)).toEqual(["model", "precision", "autoencoder", "omitted"]);
    expect(alone.evaluation.omitted.clip).toContain("name one with --clip");
    const judged = await measure({ clip: folder, pictures: 1 }, data, `${folder}/vae`);
    expect(judged.evaluation.clip).toHaveLength(1);
    const undrawn = `there is no U-Net in ${folder}/vae`;
    expect(judged.evaluation.omitted).toEqual({ denoiser: undrawn, generation: undrawn });
  });

  it("refuses what cannot be measured", async () => {
    await expect(measure({ only: "clip" }, data, `${folder}/vae`)).rejects.toThrow(
      "clip cannot be measured: there is no CLIP",
    );
    const unlabelled = { ...data, things: [], recognised: [], known: [] };
    await expect(measure({ only: "generation" }, unlabelled)).rejects.toThrow(
      "the pictures have no labels or captions",
    );
    await expect(measure({}, data, `${folder}/unet`)).rejects.toThrow(
      "/unet holds UNet2DConditionModel; name a whole model",
    );
    await expect(measure({}, data, `${folder}/nowhere`)).rejects.toThrow("it does not exist");
  });
});

describe("choices", () => {
  it("depend on the seed alone, and have no entry twice", () => {
    const some = choose(names, 4, 1);
    expect(choose(names, 4, 1)).toEqual(some);
    expect(choose(names, 4, 2)).not.toEqual(some);
    expect(choose(names, 2, 1)).toEqual(some.slice(0, 2));
    expect(new Set(choose(names, 99, 1))).toEqual(new Set(names));
  });

  it("median", () => {
    expect(median([9, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 100])).toBe(3);
  });
});
