// Gathers what was trained into models/pocket-music, in half precision: npx tsx tools/pocket/release-music.ts [.training] [folder]
import { spectrogramFile, spectrogramFormToJson } from "../../src/audio/spectrogram-json.ts";
import { nodeHost } from "../../src/host/node.ts";
import { copyTokenizer } from "../../src/training/tokens.ts";
import { openModelDirectory, writeModelDirectory } from "../../src/weights/model-directory.ts";
import { columns } from "../music/clips.ts";
import { parameters } from "../music/parameters.ts";
import { released } from "./halves.ts";

const [training = ".training", folder = "models/pocket-music"] = process.argv.slice(2);
const host = nodeHost();
const pipeline = await openModelDirectory(host, `${training}/music-diffusion`);
const clip = await openModelDirectory(host, `${training}/music-clip`);
const { index, files, weights } = await released(pipeline, clip, { steps: 20, guidance: 5 });
const form = spectrogramFormToJson({ parameters, columns });
await copyTokenizer(host, `${training}/music-diffusion/tokenizer`, `${folder}/tokenizer`);
await writeModelDirectory(host, folder, { index, files: { ...files, [spectrogramFile]: form }, weights });
