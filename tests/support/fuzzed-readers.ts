import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readScheduler } from "../../src/diffusion/index.ts";
import { UserError } from "../../src/errors.ts";
import { parsePreprocessorConfig } from "../../src/image/clip-config.ts";
import { joinChunks, type PngChunk, signature } from "../../src/image/png.ts";
import { insertPngText, readPngText } from "../../src/image/png-text.ts";
import { parseClipConfig, parseClipTextConfig } from "../../src/models/clip/index.ts";
import { parseUNetConfig } from "../../src/models/unet/index.ts";
import { parseAutoencoderConfig } from "../../src/models/vae/index.ts";
import { ndarray } from "../../src/runtime/ndarray.ts";
import { loadTokenizer } from "../../src/text/tokenizer-files.ts";
import { readJson } from "../../src/weights/files.ts";
import { openModelDirectory } from "../../src/weights/model-directory.ts";
import { toStore, writeSafetensors } from "../../src/weights/safetensors.ts";
import { Weights } from "../../src/weights/weights.ts";
import { readSound, wavs } from "./fuzzed-wav.ts";
import { memoryFiles } from "./memory-files.ts";
import { type Chance, jsonMutant, mutant } from "./mutants.ts";
import { tinyVocabulary } from "./tiny-vocabulary.ts";
import { Call, Global, tensorValue, torchLegacy, torchZip, type Value } from "./torch-files.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const fixture = (path: string): Uint8Array =>
  new Uint8Array(readFileSync(fileURLToPath(new URL(`../fixtures/${path}`, import.meta.url))));

/** A reader of files, and files that it should read or refuse in one line. */
export interface FuzzedReader {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
  /** A changed file. */
  mutant(chance: Chance): Uint8Array;
  read(bytes: Uint8Array): Promise<void>;
}

const byBytes = (name: string, seeds: readonly Uint8Array[], read: FuzzedReader["read"]): FuzzedReader => ({
  name,
  seeds,
  mutant: (chance) => mutant(chance, seeds),
  read,
});

/** Lists a file's tensors, reads them, and has them opened as a model, which so few of them are not. */
async function readWeights(bytes: Uint8Array): Promise<void> {
  const host = memoryFiles({ "f/m.ckpt": bytes });
  const weights = await Weights.open(host, "f", ["m.ckpt"]);
  for (const key of weights.keys()) await weights.bytes(key);
  const asModel = async (): Promise<void> => {
    const { files, path } = await openModelDirectory(host, "f/m.ckpt");
    for (const name of ["config.json", "unet/config.json", "scheduler/scheduler_config.json"])
      if (await files.exists(`${path}/${name}`)) await readJson(files, `${path}/${name}`);
  };
  await asModel().catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
  });
}

async function safetensors(): Promise<Uint8Array[]> {
  const files = memoryFiles();
  const array = (...shape: number[]) => toStore(ndarray(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape));
  const tensors = {
    a: array(2, 3),
    "b.weight": array(0),
    "visual.conv1.weight": array(4, 1, 1, 2),
    logit_scale: array(),
  };
  await writeSafetensors(files, "1", new Map(Object.entries(tensors)), { note: "x", "latentkit/config.json": "{}" });
  await writeSafetensors(files, "2", new Map());
  return [...files.files.values()];
}

const view = { dtype: "F32", key: "0", elements: 12, shape: [2, 3], strides: [1, 4] } as const;
const state = (isLegacy: boolean): Map<Value, Value> =>
  new Map<Value, Value>([
    ["global_step", 875000],
    [
      "state_dict",
      new Map([
        ["logit_scale", tensorValue(view, isLegacy)],
        ["visual.conv1.weight", tensorValue(view, isLegacy)],
      ]),
    ],
    ["callbacks", new Map([[new Global("pytorch_lightning.callbacks ModelCheckpoint"), ["x", 1.5, null, 2n ** 70n]]])],
  ]);

const storage = new Uint8Array(48).map((_, i) => i);
const compiled = new Call(
  "__torch__.m M",
  [],
  new Map<Value, Value>([
    ["w", tensorValue(view)],
    ["n", [1, 2]],
  ]),
);

const configs: readonly (readonly [file: string, parse: (json: unknown, where: string) => unknown])[] = [
  ["unet-sd1/unet/config.json", parseUNetConfig],
  ["unet-sd2/unet/config.json", parseUNetConfig],
  ["vae-oldnames/vae/config.json", parseAutoencoderConfig],
  ["clip-full-hf/hf/config.json", parseClipConfig],
  ["clip-text-sd2/text_encoder/config.json", parseClipTextConfig],
  ["e2e-sd1/model/scheduler/scheduler_config.json", readScheduler],
  [
    "clip-full-hf/hf/preprocessor_config.json",
    (json, where) => parsePreprocessorConfig(json as Record<string, unknown>, where),
  ],
];

/** JSON behind the number of the parser that it is for. */
const jsonConfigs: FuzzedReader = {
  name: "JSON configs",
  seeds: configs.map(([file], i) => Uint8Array.of(i, ...fixture(file))),
  mutant(chance) {
    const seed = chance.one(this.seeds);
    const [parser, text] = [seed[0]!, seed.subarray(1)];
    const changed =
      chance.below(4) === 0 ? mutant(chance, [text]) : encode(jsonMutant(chance, JSON.parse(decode(text))));
    return Uint8Array.of(parser, ...changed);
  },
  async read(bytes) {
    const json = await readJson(memoryFiles({ "config.json": bytes.subarray(1) }), "config.json");
    configs[bytes[0]!]![1](json, "config.json");
  },
};

const { vocabulary, merges } = tinyVocabulary();
const tokenizerNames = ["vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json"] as const;
const tokenizerFiles: readonly Uint8Array[] = [
  encode(JSON.stringify(vocabulary)),
  encode(merges),
  encode('{"model_max_length": 77, "pad_token": "!"}'),
  encode('{"bos_token": "<|startoftext|>", "eos_token": {"content": "<|endoftext|>"}, "unk_token": "<|endoftext|>"}'),
];

/** One of a tokenizer's files behind its number. */
const tokenizer: FuzzedReader = {
  name: "tokenizer files",
  seeds: tokenizerFiles.map((bytes, i) => Uint8Array.of(i, ...bytes)),
  mutant(chance) {
    const i = chance.below(4);
    const bytes = tokenizerFiles[i]!;
    const changed =
      i === 1 || chance.below(2) === 0
        ? mutant(chance, [bytes])
        : encode(jsonMutant(chance, JSON.parse(decode(bytes))));
    return Uint8Array.of(i, ...changed);
  },
  async read(bytes) {
    const files = tokenizerFiles.map((file, i) => [
      `t/${tokenizerNames[i]}`,
      i === bytes[0] ? bytes.subarray(1) : file,
    ]);
    const loaded = await loadTokenizer(memoryFiles(Object.fromEntries(files) as Record<string, Uint8Array>), "t");
    loaded.tokenize("A bear's picture &amp; 12 apples, café…");
  },
};

const picture: readonly PngChunk[] = [
  { type: "IHDR", data: new Uint8Array(13) },
  { type: "zTXt", data: encode("Title\0\0x") },
  { type: "IEND", data: new Uint8Array() },
];
const png = new Uint8Array(Buffer.concat([signature, joinChunks(picture)]));
const pictures = [
  insertPngText(png, { parameters: "a bear\nSteps: 20", comment: "日本語" }),
  fixture("e2e-sd1/init.png"),
];

/** The chunks of a changed PNG with their checksums right again, so that it is read on. */
function repaired(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const chunks: PngChunk[] = [];
  for (let at = signature.length; at + 12 <= bytes.length; ) {
    const length = Math.min(view.getUint32(at), bytes.length - at - 12);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    chunks.push({ type, data: bytes.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return new Uint8Array(Buffer.concat([signature, joinChunks(chunks)]));
}

const pngText: FuzzedReader = {
  name: "PNG text",
  seeds: pictures,
  mutant(chance) {
    const bytes = mutant(chance, pictures);
    return chance.below(4) === 0 ? bytes : repaired(bytes);
  },
  async read(bytes) {
    readPngText(bytes, "p.png");
  },
};

/** All of them. */
export async function fuzzedReaders(): Promise<readonly FuzzedReader[]> {
  const legacy = { "0": { elements: 12, data: storage } };
  return [
    byBytes("safetensors", await safetensors(), readWeights),
    byBytes("WAV", wavs(), readSound),
    byBytes(
      "zip pickle",
      [
        torchZip(state(false), { "0": storage }),
        torchZip(compiled, { "0": storage }),
        fixture("single-file-sd1/odd.ckpt"),
      ],
      readWeights,
    ),
    byBytes(
      "legacy pickle",
      [torchLegacy(state(true), legacy), fixture("single-file-sd1/odd-legacy.ckpt")],
      readWeights,
    ),
    pngText,
    jsonConfigs,
    tokenizer,
  ];
}

/** What a reader may take for a file: milliseconds of a processor, and bytes of memory. */
const allowed = { milliseconds: 2000, bytes: (size: number): number => 64 * 2 ** 20 + 256 * size };

/** Whether a changed file was read; throws where it was neither read nor refused in one line, within its limits. */
export async function tryRead(reader: FuzzedReader, bytes: Uint8Array): Promise<boolean> {
  const before = memory();
  const began = process.cpuUsage();
  let error: unknown;
  await reader.read(bytes).catch((e: unknown) => {
    error = e;
  });
  const { user, system } = process.cpuUsage(began);
  const milliseconds = (user + system) / 1000;
  const taken = memory() - before;
  const fault =
    error !== undefined && !(error instanceof Error && error.name === "UserError" && !error.message.includes("\n"))
      ? String(error instanceof Error ? (error.stack ?? error) : error)
      : milliseconds > allowed.milliseconds
        ? `took ${milliseconds.toFixed(0)} ms`
        : taken > allowed.bytes(bytes.length)
          ? `took ${taken} bytes of memory`
          : undefined;
  if (fault === undefined) return error === undefined;
  throw new Error(`${reader.name}: ${fault}\n${Buffer.from(bytes).toString("base64")}`);
}

function memory(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
