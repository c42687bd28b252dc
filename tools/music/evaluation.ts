import { fileURLToPath } from "node:url";
import { crop } from "../../src/image/resize.ts";
import type { MusicData, RealClip } from "../../src/pipelines/evaluate/music-data.ts";
import type { Host } from "../../src/runtime/host.ts";
import { plainCaption, soundsOf } from "./captions.ts";
import { type Entry, type MusicCorpus, openMusic } from "./corpus.ts";
import { openListener } from "./listener.ts";
import type { Split } from "./splits.ts";

/** As many as the listener's choices that count. */
const mostSounds = 3;

/** What `latentkit evaluate` measures pocket-music on: prompts and clips of loops that it has not learned from. */
export async function musicData(host: Host, folder: string): Promise<MusicData> {
  const set = (split: Split): RealClip[] => {
    const corpus = openMusic(folder, [split]);
    return corpus.entries.filter((entry) => soundsOf(entry).length <= mostSounds).map((entry) => real(corpus, entry));
  };
  const [held, known] = [set("held-loop"), set("train")];
  const listener = await openListener(host, fileURLToPath(new URL("listener", import.meta.url)));
  const square = ({ prompt, picture }: RealClip) => ({
    label: prompt,
    prompt,
    picture: (edge: number) => crop(picture(), 0, 0, edge, edge),
  });
  return {
    asked: held,
    real: held,
    known,
    reconstructed: [{ name: "held-out loops", pictures: held.map(square) }],
    hear: (pictures) => listener.hear(pictures),
    close: () => listener.close(),
  };
}

const real = (corpus: MusicCorpus, entry: Entry): RealClip => ({
  prompt: plainCaption(entry),
  sounds: soundsOf(entry),
  genre: entry.genre,
  bpm: entry.bpm,
  picture: () => corpus.picture(entry),
});
