// CLIP ViT-B/32's size beside @huggingface/transformers, on the same random weights: after
// npm install --prefix FOLDER @huggingface/transformers, outside of this repository: npx tsx benchmarks/clip.bench.ts FOLDER
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { argMax, constant, input, rearrange, type Tensor } from "../src/graph/index.ts";
import { matmulTransposed } from "../src/graph/ops/linalg.ts";
import { rewrite } from "../src/graph/rewrite.ts";
import { nodeHost } from "../src/host/node.ts";
import { Clip, type ClipConfig, clipConfigToJson } from "../src/models/index.ts";
import { emit } from "../src/onnx/emit.ts";
import { Floor } from "../src/pipelines/bench/floor.ts";
import { seconds } from "../src/pipelines/bench/runner.ts";
import { ClipModel } from "../src/pipelines/clip/clip.ts";
import { normal } from "../src/random/philox.ts";
import { ndarray } from "../src/runtime/ndarray.ts";
import { initialWeights } from "../src/training/init.ts";
import { weightsInMemory } from "../src/training/live-graph.ts";
import { toStore, writeSafetensors } from "../src/weights/safetensors.ts";
import { tokenizerFiles } from "./checkpoint.ts";
import { digits, keep, median } from "./report.ts";

const tower = { layers: 12, activation: "quick_gelu" } as const;
const config: ClipConfig = {
  text: { ...tower, width: 512, heads: 8, mlp: 2048, vocabulary: 49408, positions: 77, end: "largest" },
  vision: { ...tower, width: 768, heads: 12, mlp: 3072, imageSize: 224, patchSize: 32 },
  projection: 512,
};

const [installed] = process.argv.slice(2);
if (installed === undefined) throw new Error("name the folder where @huggingface/transformers was installed");
const folder = mkdtempSync(join(tmpdir(), "latentkit-clip-"));
const host = nodeHost();

const network = new Clip(config);
const weights = initialWeights(network.parameters, 1);
await writeSafetensors(
  host,
  `${folder}/ours/model.safetensors`,
  new Map([...weights].map(([key, array]) => [key, toStore(array as never)])),
);
const written = `${JSON.stringify(clipConfigToJson(config), null, 2)}\n`;
writeFileSync(`${folder}/ours/config.json`, written);
for (const [file, content] of tokenizerFiles(config.text)) writeFileSync(`${folder}/ours/${file}`, content);

/** Attention and activations in single operators, as exporters write them, which ONNX Runtime joins as it can. */
const plain = (outputs: readonly Tensor[]): Tensor[] =>
  rewrite(outputs, (y) => {
    if (y.op.name === "quickGelu") return y.inputs[0]!.mul(y.inputs[0]!.mul(1.702).sigmoid());
    if (y.op.name !== "attend") return y;
    const { heads: h, causal } = y.attributes as { heads: number; causal: boolean };
    const [q, k, v] = y.inputs.map((t) => rearrange(t, "n l (h d) -> n h l d", { h })) as [Tensor, Tensor, Tensor];
    const scores = matmulTransposed(q.mul(Number(q.dim(-1)) ** -0.5), k);
    const length = q.dim(2);
    const seen = causal ? scores.add(later.slice(0, 0, length).slice(1, 0, length)) : scores;
    return rearrange(seen.softmax().matmul(v), "n h l d -> n l (h d)");
  });

const { positions } = config.text;
const later = constant(
  Float32Array.from({ length: positions ** 2 }, (_, i) => (i % positions > Math.floor(i / positions) ? -1e4 : 0)),
  [positions, positions],
);

/** Both towers as exporters write them, in the files that transformers.js looks for. */
function exportTowers(path: string): void {
  const { imageSize } = config.vision;
  const { visionModel, textModel, visualProjection, textProjection } = network;
  const { states } = visionModel.forward(input("pixel_values", "f32", ["n", 3, imageSize, imageSize]));
  const whole = rearrange(states.at(-1)!.slice(1, 0, 1), "n 1 c -> n c").pipe(visionModel.postLayernorm);
  const ids = input("input_ids", "i64", ["n", "l"]);
  const { hidden } = textModel.forward(ids);
  const places = constant(Float32Array.from({ length: positions }, (_, i) => i)).slice(0, 0, "l");
  const ends = rearrange(argMax(ids.cast("f32"), 1).cast("f32"), "n -> n 1");
  const atEnd = rearrange(places.equal(ends).cast("f32"), "n l -> n 1 l").matmul(hidden);
  const [image, text] = plain([
    whole.pipe(visualProjection),
    rearrange(atEnd, "n 1 c -> n c").pipe(textProjection),
  ]) as [Tensor, Tensor];
  mkdirSync(`${path}/onnx`, { recursive: true });
  writeFileSync(`${path}/config.json`, written);
  const write = (name: string, outputs: Record<string, Tensor>): void =>
    writeFileSync(`${path}/onnx/${name}.onnx`, emit(outputs, "cpu", weightsInMemory(weights)).bytes);
  write("vision_model", { image_embeds: image });
  write("text_model", { text_embeds: text });
}
exportTowers(`${folder}/exported`);

interface Theirs {
  from_pretrained(
    name: string,
    options: object,
  ): Promise<(inputs: object) => Promise<Record<string, { data: Float32Array }>>>;
}
const {
  env,
  Tensor: TheirTensor,
  CLIPVisionModelWithProjection: Vision,
  CLIPTextModelWithProjection: Text,
} = (await import(createRequire(`${installed}/`).resolve("@huggingface/transformers"))) as {
  env: Record<string, unknown>;
  Tensor: new (type: string, data: unknown, dims: readonly number[]) => object;
  CLIPVisionModelWithProjection: Theirs;
  CLIPTextModelWithProjection: Theirs;
};
Object.assign(env, { allowRemoteModels: false, localModelPath: folder });

const counts = { pictures: 16, texts: 64 };
const shape = [counts.pictures, 3, config.vision.imageSize, config.vision.imageSize];
const pixels = ndarray(
  normal(
    1,
    0,
    shape.reduce((a, b) => a * b),
  ),
  shape,
);
const pixelsOf = pixels.data.length / counts.pictures;
const apart = Array.from({ length: counts.pictures }, (_, i) =>
  ndarray(pixels.data.subarray(i * pixelsOf, (i + 1) * pixelsOf), [1, ...shape.slice(1)]),
);
/** As long as captions are: 6 to 30 tokens. */
const clauses = [" on a red house", " at night", ", with two fish beside it", " in a green forest, oil painting"];
const words = Array.from(
  { length: counts.texts },
  (_, i) => `a picture of ${i % 10} bears${clauses.filter((_, bit) => (i >> bit) & 1).join("")}`,
);
const clip = await ClipModel.open(host, `${folder}/ours`);
const ids = clip.tokenIds(words);
const end = Math.max(...ids);
const longest = Math.max(...words.map((_, i) => ids.indexOf(end, i * positions) % positions)) + 1;

interface Contender {
  readonly name: string;
  pictures(): Promise<Float32Array>;
  texts(): Promise<Float32Array>;
}
const options = { dtype: "fp32", device: "cpu", session_options: { intraOpNumThreads: availableParallelism() } };
const [vision, text] = [
  await Vision.from_pretrained("exported", options),
  await Text.from_pretrained("exported", options),
];
const seen = { pixel_values: new TheirTensor("float32", pixels.data, shape) };
function theirs(name: string, length: number): Contender {
  const cut = BigInt64Array.from(
    ids.filter((_, i) => i % positions < length),
    BigInt,
  );
  const read = { input_ids: new TheirTensor("int64", cut, [counts.texts, length]) };
  return {
    name,
    pictures: async () => (await vision(seen)).image_embeds!.data,
    texts: async () => (await text(read)).text_embeds!.data,
  };
}
const contenders: Contender[] = [
  {
    name: "latentkit",
    pictures: async () => (await clip.embedPixels(apart)).data,
    texts: async () => (await clip.embedTexts(words)).data,
  },
  theirs("transformers.js, texts filled up to the longest", longest),
  theirs(`transformers.js, texts filled up to ${positions} tokens`, positions),
];

/** All contenders by turns, so that what else the machine does falls on all. */
const rounds = 7;
async function rates(what: "pictures" | "texts"): Promise<number[]> {
  const times = contenders.map((): number[] => []);
  const said: Float32Array[] = [];
  for (const contender of contenders) said.push(directions(await contender[what]()));
  for (const other of said) {
    const difference = other.reduce((most, x, i) => Math.max(most, Math.abs(x - said[0]![i]!)), 0);
    if (difference > 1e-3) throw new Error(`they say different things of ${what}: ${difference}`);
  }
  for (let round = 0; round < rounds; round++)
    for (const [i, contender] of contenders.entries()) times[i]!.push(await seconds(() => contender[what]()));
  return times.map((all) => counts[what] / median(all));
}

/** All vectors, of length 1. */
function directions(vectors: Float32Array): Float32Array {
  const width = config.projection;
  const lengths = Array.from({ length: vectors.length / width }, (_, i) =>
    Math.hypot(...vectors.subarray(i * width, (i + 1) * width)),
  );
  return vectors.map((x, i) => x / lengths[Math.floor(i / width)]!);
}

const floor = await Floor.open(host);
const peaks = await floor.measure(10);
await floor.close();
const [pictures, texts] = [await rates("pictures"), await rates("texts")];
await clip.close();
rmSync(folder, { recursive: true });
const results = contenders.map(({ name }, i) => ({ name, pictures: pictures[i]!, texts: texts[i]! }));
const times = (rate: number, ours: number): string => (ours / rate).toFixed(2);
keep(
  "clip",
  peaks,
  ["CLIP ViT-B/32", "pictures a second", "latentkit times", "texts a second", "latentkit times"],
  results.map(({ name, ...rate }) => [
    name,
    digits(rate.pictures),
    times(rate.pictures, pictures[0]!),
    digits(rate.texts),
    times(rate.texts, texts[0]!),
  ]),
  { results },
);
process.exit();
