import { describe, expect, it } from "vitest";
import { testHost } from "../../../tests/support/test-host.ts";
import { UserError } from "../../errors.ts";
import { encodePicture } from "../../host/node/picture.ts";
import { openEvaluationData } from "./evaluation-data.ts";

/** Left half red, right half blue. */
const png = (width: number, height: number): Promise<Uint8Array> =>
  encodePicture(
    {
      width,
      height,
      channels: 3,
      data: Uint8Array.from({ length: width * height * 3 }, (_, i) => {
        const left = Math.floor(i / 3) % width < width / 2;
        return i % 3 === (left ? 0 : 2) ? 255 : 0;
      }),
    },
    "png",
  );

describe("openEvaluationData", () => {
  it("takes names of sub-folders for labels", async () => {
    const files = { "p/red_apple/1.png": await png(8, 4), "p/red_apple/2.png": await png(4, 4) };
    const host = testHost({ ...files, "p/bear/a.png": await png(4, 4), "p/notes/read.me": "no picture" });
    const { things, reconstructed, recognised, known } = await openEvaluationData(host, "p");
    expect(things).toEqual([
      { label: "bear", prompt: "a picture of a bear" },
      { label: "red apple", prompt: "a picture of a red apple" },
    ]);
    expect(known.map(({ label }) => label)).toEqual(["bear", "red apple", "red apple"]);
    expect([reconstructed[0]!.pictures, recognised[0]!.pictures]).toEqual([known, known]);
    const { width, height, data } = await known[1]!.picture(4);
    expect([width, height, ...data.subarray(0, 12)]).toEqual([4, 4, 255, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 255]);
  });

  it("takes captions for labels and prompts", async () => {
    const host = testHost({
      "p/a.png": await png(4, 4),
      "p/a.txt": "a bear\n",
      "p/b.png": await png(4, 4),
      "p/b.txt": "a bear",
    });
    const { things, known } = await openEvaluationData(host, "p");
    expect(things).toEqual([{ label: "a bear", prompt: "a bear" }]);
    expect(known).toHaveLength(2);
  });

  it("takes pictures without captions for an autoencoder alone", async () => {
    const { things, reconstructed, known } = await openEvaluationData(testHost({ "p/a.png": await png(4, 4) }), "p");
    expect([things, known]).toEqual([[], []]);
    expect(reconstructed[0]!.pictures).toHaveLength(1);
  });

  it("puts an article before a vowel as it should be", async () => {
    const { things } = await openEvaluationData(testHost({ "p/apple/a.png": await png(4, 4) }), "p");
    expect(things[0]!.prompt).toBe("a picture of an apple");
  });

  it("tells of a damaged corpus in one line", async () => {
    const host = testHost({ "/nowhere/at/all/index.json": "{}" });
    const error = await openEvaluationData(host, "/nowhere/at/all").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toContain("/nowhere/at/all holds no rendered corpus: run npx tsx");
  });

  it("says how to get pictures where there are none", async () => {
    const host = testHost({ "empty/x.md": "" });
    await expect(openEvaluationData(host, ".corpus")).rejects.toThrow(
      "render it with npx tsx tools/corpus/render.ts, or name",
    );
    await expect(openEvaluationData(host, "nowhere")).rejects.toThrow(
      "there is no folder nowhere; name one with pictures",
    );
    await expect(openEvaluationData(host, "empty")).rejects.toThrow("empty holds no pictures");
  });
});
