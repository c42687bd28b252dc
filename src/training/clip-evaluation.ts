import { type Features, joined } from "../evaluation/features.ts";
import { retrieval } from "../evaluation/retrieval.ts";
import { input } from "../graph/index.ts";
import type { Tensor } from "../graph/tensor.ts";
import { type Clip, unit } from "../models/clip/index.ts";
import type { WeightSource } from "../onnx/emit.ts";
import type { NdArray } from "../runtime/ndarray.ts";
import type { ClipConfig } from "./config.ts";
import type { Tokenize } from "./data/data-set.ts";
import { LiveGraph } from "./live-graph.ts";
import type { Surroundings } from "./loop.ts";
import type { TrainState } from "./state.ts";

/** Pairs at once. */
const atOnce = 50;

export interface ClipEvaluation {
  readonly every: number;
  run(state: TrainState): Promise<Record<string, number>>;
  close(): Promise<void>;
}

interface Measured {
  readonly model: Clip;
  /** What is trained, and the data of the rest. */
  readonly params: ReadonlyMap<string, Tensor>;
  readonly frozen: WeightSource;
  readonly colours: (pixels: Tensor) => Tensor;
  readonly tokenize: Tokenize;
}

/** Retrieval and zero-shot recognition by a CLIP in training, on pairs that are the same every time. */
export function clipEvaluation(
  { data: config, pictures, every }: NonNullable<ClipConfig["evaluate"]>,
  { host, openData }: Surroundings,
  { model, params, frozen, colours, tokenize }: Measured,
): ClipEvaluation {
  const { text, vision } = model.config;
  const pixels = input("pixels", "f32", ["n", 3, vision.imageSize, vision.imageSize]);
  const image = unit(model.encodeImage(colours(pixels)));
  const said = unit(model.encodeText(input("ids", "i64", ["n", text.positions])));
  const graph = new LiveGraph(host, { image, text: said }, params, frozen);
  return {
    every,
    async run(state) {
      const data = openData(config, { batch: Math.min(atOnce, pictures), seed: 0, tokenize });
      const images: Features[] = [];
      const texts: Features[] = [];
      const captions: string[] = [];
      try {
        for (let index = 0; captions.length < pictures; index++) {
          const count = Math.min(atOnce, pictures - captions.length);
          const batch = await data.batch(index);
          const seen = await graph.run(batch, state);
          images.push(rows(seen.image!, count));
          texts.push(rows(seen.text!, count));
          captions.push(...rowTexts(batch.ids!).slice(0, count));
        }
      } finally {
        await data.close();
      }
      const { imageToText, textToImage, zeroShot, ...counts } = retrieval(joined(images), joined(texts), captions);
      return {
        ...counts,
        imageToText1: imageToText.at1,
        imageToText5: imageToText.at5,
        imageToText10: imageToText.at10,
        textToImage1: textToImage.at1,
        textToImage5: textToImage.at5,
        textToImage10: textToImage.at10,
        zeroShot1: zeroShot.at1,
        zeroShot5: zeroShot.at5,
      };
    },
    close: () => graph.close(),
  };
}

function rows({ data, shape }: NdArray, count: number): Features {
  const width = shape[1]!;
  return { count, width, data: (data as Float32Array).subarray(0, count * width) };
}

/** Captions are the same where their tokens are. */
function rowTexts({ data, shape }: NdArray): string[] {
  const length = shape[1]!;
  return Array.from({ length: shape[0]! }, (_, i) =>
    (data as BigInt64Array).subarray(i * length, (i + 1) * length).join(),
  );
}
