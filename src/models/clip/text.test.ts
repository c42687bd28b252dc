import { it } from "vitest";
import { expectClose } from "../../../tests/support/golden.ts";
import { input } from "../../graph/index.ts";
import { nodeHost } from "../../host/node.ts";
import { compile } from "../../runtime/compile.ts";
import { ints, type NdArray, ndarray } from "../../runtime/ndarray.ts";
import { initialWeights } from "../../training/init.ts";
import type { ClipTextConfig } from "./config.ts";
import { ClipText } from "./text.ts";

const tower = { width: 8, layers: 2, heads: 2, mlp: 16, activation: "gelu", vocabulary: 10, positions: 6 } as const;

it.each<ClipTextConfig["end"]>(["largest", 9])(
  "reads learned vectors as it reads words, its end being %s",
  async (end) => {
    const model = new ClipText({ ...tower, end });
    const weights = initialWeights(model.parameters, 1) as Map<string, NdArray<"f32">>;
    const table = weights.get("text_model.embeddings.token_embedding.weight")!;
    const ids = input("ids", "i64", ["n", 6]);
    const learned = input("learned", "f32", ["rows", 8]);
    const { hidden, pooled } = model.forward(ids, 0, learned);
    const plain = model.forward(input("words", "i64", ["n", 6]));
    const outputs = { hidden, pooled, plain: plain.hidden, plainPooled: plain.pooled };
    const graph = await compile({ host: nodeHost(), outputs, weights: (key) => weights.get(key)! });
    const vectors = [7, 3].flatMap((id) => [...table.data.slice(8 * id, 8 * id + 8)]);
    const read = await graph.run({
      words: ints([0, 3, 7, 2, 9, 9], [1, 6]),
      ids: ints([0, 11, 10, 2, 9, 9], [1, 6]),
      learned: ndarray(Float32Array.from(vectors), [2, 8]),
    });
    expectClose(read.hidden!, read.plain!, { atol: 1e-6 });
    expectClose(read.pooled!, read.plainPooled!, { atol: 1e-6 });
    await graph.close();
  },
);
