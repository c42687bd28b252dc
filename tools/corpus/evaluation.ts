import type { EvaluationData, Shown } from "../../src/pipelines/evaluate/data.ts";
import { plainCaption } from "./captions.ts";
import { portrait } from "./compose.ts";
import { type Corpus, type Entry, openCorpus, readIndex } from "./corpus.ts";
import { nounPhrase } from "./grammar.ts";
import { attributes, scenes } from "./scenes.ts";
import type { Subset } from "./splits.ts";

/** Of scenes. */
const seed = 2026;

/** What `latentkit evaluate` measures the pocket models on: every picture plain, one thing large on white; and scenes. */
export function evaluationData(folder: string): EvaluationData {
  const set = (subset: Subset): Shown[] => {
    const corpus = openCorpus(folder, subset);
    return corpus.entries.map((entry) => shown(corpus, entry));
  };
  const generator = openCorpus(folder, "generator");
  const [unseenHand, heldPairs] = [set("unseen-hand"), set("held-pairs")];
  return {
    things: readIndex(folder).things.map(({ label, names, group }) => ({
      label,
      prompt: `a picture of ${nounPhrase(names[0]!, group)}`,
    })),
    reconstructed: [
      { name: "held-out things", pictures: set("held-things") },
      { name: "unseen hand", pictures: unseenHand },
    ],
    recognised: [
      { name: "unseen hand", pictures: unseenHand },
      { name: "held-out pairs", pictures: heldPairs },
    ],
    known: [...set("generator"), ...heldPairs],
    scenes: {
      attributes,
      asked: (count) => scenes(generator, seed, count),
      recognised: (count) => scenes(openCorpus(folder, "held-pairs"), seed, count),
    },
  };
}

function shown(corpus: Corpus, entry: Entry): Shown {
  return {
    label: entry.thing.label,
    prompt: plainCaption(entry),
    picture: (edge) => ({ width: edge, height: edge, channels: 3, data: portrait(corpus, entry, edge).pixels }),
  };
}
