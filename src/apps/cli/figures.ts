import type { Evaluation } from "../../pipelines/evaluate/evaluate.ts";
import type { GenerationFigures } from "../../pipelines/evaluate/generation.ts";
import type { SceneFigures } from "../../pipelines/evaluate/scenes.ts";
import { musicRows } from "./music-evaluation.ts";
import { table } from "./table.ts";

export const figureColumns = ["figure", "pictures of", "count", "value"] as const;

/** Every figure in a row: of what, on which pictures, how many, the value; in brackets what real pictures come to. */
export function figureRows(evaluation: Evaluation): string[][] {
  const { autoencoder = [], clip = [], attributes = [], denoiser = [], generation, scenes, music } = evaluation;
  return [
    ...autoencoder.flatMap(({ set, pictures, psnr, ssim }) => [
      ["autoencoder: PSNR", set, pictures, `${psnr.toFixed(2)} dB`],
      ["autoencoder: SSIM", set, pictures, ssim.toFixed(3)],
    ]),
    ...clip.flatMap(({ set, pictures, labels, top1, top5 }) => [
      [`CLIP: right first of ${labels}`, set, pictures, percent(top1)],
      ["CLIP: right among five", set, pictures, percent(top5)],
    ]),
    ...attributes.map((one) => [
      `CLIP: ${one.name} right, of ${one.values}`,
      "scenes",
      one.pictures,
      percent(one.right),
    ]),
    ...denoiser.flatMap(({ set, pictures, errors }) => [
      [
        `denoiser: error at step ${list(errors, ({ timestep }) => timestep)}`,
        set,
        pictures,
        list(errors, ({ told }) => told.toFixed(3)),
      ],
      ["the same without text", set, pictures, list(errors, ({ untold }) => untold.toFixed(3))],
    ]),
    ...(generation ? drawnRows(generation) : []),
    ...(scenes ? sceneRows(scenes) : []),
    ...(generation ? [["time for a picture", "drawn", generation.pictures, seconds(generation)]] : []),
    ...(music ? musicRows(music) : []),
  ].map((row) => row.map(String));
}

type Row = (string | number)[];

function drawnRows({ real, labels, ...drawn }: GenerationFigures): Row[] {
  const row = (figure: string, value: string): Row => [figure, "drawn", drawn.pictures, value];
  const shares = [
    [`CLIP sees the thing asked for, of ${labels}`, "top1"],
    ["CLIP sees it among five", "top5"],
    ["nearest known picture by pixels shows it", "nearest1"],
    ["one of the five nearest does", "nearest5"],
    ["known picture within 30 dB", "nearCopies"],
  ] as const;
  const rows = shares.map(([figure, of]) => row(figure, beside(drawn[of], real[of])));
  const [made, best] = [drawn.distances, real.distances];
  if (!made || !best) return rows;
  return [
    ...rows,
    row("Fréchet distance, own CLIP", `${made.frechet.toFixed(1)} (${best.frechet.toFixed(1)})`),
    row("kernel distance, own CLIP", `${made.kernel.toFixed(3)} (${best.kernel.toFixed(3)})`),
  ];
}

function sceneRows({ attributes, together }: SceneFigures): Row[] {
  const rows = attributes.map(
    ({ name, values, pictures, right, real }): Row => [
      `${name} as asked, of ${values}`,
      "drawn scenes",
      pictures,
      beside(right, real),
    ],
  );
  if (!together) return rows;
  const { pictures, labels, real } = together;
  return [
    ...rows,
    [`CLIP sees both things, of ${labels}`, "drawn scenes", pictures, beside(together.top1, real.top1)],
    ["CLIP sees both among five", "drawn scenes", pictures, beside(together.top5, real.top5)],
  ];
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const beside = (made: number, real: number): string => `${percent(made)} (${percent(real)})`;

const seconds = ({ secondsPerPicture, batch }: GenerationFigures): string =>
  `${secondsPerPicture.toFixed(2)} s${batch > 1 ? `, ${batch} at once` : ""}`;

const list = <T>(items: readonly T[], of: (item: T) => number | string): string => items.map(of).join(", ");

/** How pictures, or clips, were drawn; undefined where none were. */
export function mannerOf({ generation, music, precision }: Evaluation): string | undefined {
  const how = generation ?? music;
  if (!how) return undefined;
  const { sampler, steps, guidance, seed } = how;
  return `${sampler}, ${steps} steps, guidance ${guidance}, seed ${seed}${precision === "fp32" ? "" : `, ${precision}`}`;
}

/** An evaluation for people. */
export function describe(evaluation: Evaluation): string {
  const { model, omitted } = evaluation;
  const lines = [table([...figureColumns], figureRows(evaluation))];
  const manner = mannerOf(evaluation);
  if (manner) lines.push(`drawn with ${manner}; in brackets: real pictures`);
  for (const [part, why] of Object.entries(omitted)) lines.push(`${part} not measured: ${why}`);
  return `${model}\n\n${lines.join("\n")}`;
}
