import { expect, it } from "vitest";
import { expectClose } from "../../../tests/support/golden.ts";
import { input } from "../../graph/index.ts";
import { nodeHost } from "../../host/node.ts";
import { parameters } from "../../nn/index.ts";
import { normal } from "../../random/philox.ts";
import { compile } from "../../runtime/compile.ts";
import { ints, type NdArray, ndarray } from "../../runtime/ndarray.ts";
import { initialWeights } from "../../training/init.ts";
import { VisionTower } from "./vision.ts";

const config = { width: 8, layers: 2, heads: 2, mlp: 16, activation: "gelu", imageSize: 8, patchSize: 4 } as const;

it("sees of a picture the tokens that are left, in whatever order", async () => {
  const tower = new VisionTower(config);
  const weights = initialWeights(parameters(tower), 1) as Map<string, NdArray<"f32">>;
  const pictures = input("pictures", "f32", [1, 3, 8, 8]);
  const outputs = {
    plain: tower.forward(pictures).pooled,
    all: tower.forward(pictures, input("left.all", "i64", [1, 5])).pooled,
    some: tower.forward(pictures, input("left.some", "i64", [1, 4])).pooled,
  };
  const graph = await compile({ host: nodeHost(), outputs, weights: (key) => weights.get(key)! });
  const pixels = normal(5, 0, 3 * 64);
  const left = { "left.all": ints([0, 3, 1, 4, 2], [1, 5]), "left.some": ints([0, 4, 3, 2], [1, 4]) };
  const seen = await graph.run({ pictures: ndarray(pixels, [1, 3, 8, 8]), ...left });
  expectClose(seen.all!, seen.plain!, { atol: 1e-5 });

  // The first patch, which the tower is not shown, in another colour.
  const others = pixels.map((x, i) => (i % 8 < 4 && i % 64 < 32 ? -x : x));
  const again = await graph.run({ pictures: ndarray(others, [1, 3, 8, 8]), ...left });
  expect(again.some!.data).toEqual(seen.some!.data);
  expect(again.plain!.data).not.toEqual(seen.plain!.data);
  await graph.close();
});
