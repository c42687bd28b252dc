import { describe, expect, it } from "vitest";
import type { Picture } from "../../runtime/host.ts";
import { namedSheet, wrap } from "./named-sheet.ts";
import { decodePicture } from "./picture.ts";

const plain = (red: number): Picture => ({
  width: 20,
  height: 20,
  channels: 3,
  data: Uint8Array.from({ length: 1200 }, (_, i) => (i % 3 === 0 ? red : 7)),
});

describe("namedSheet", () => {
  it("lays pictures out in rows", async () => {
    const named = [10, 20, 30].map((red) => ({ picture: plain(red), name: `<${red}> & more` }));
    const { width, height, data } = await decodePicture(await namedSheet(named, 2), "sheet.png");
    expect([width, height]).toEqual([12 + 2 * 32, 12 + 2 * (20 + 12 + 26)]);
    const at = (x: number, y: number): number[] => [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
    expect([at(12, 12), at(44, 12), at(12, 70), at(31, 89)]).toEqual([
      [10, 7, 7],
      [20, 7, 7],
      [30, 7, 7],
      [30, 7, 7],
    ]);
    expect([at(0, 0), at(44, 70)]).toEqual([
      [255, 255, 255],
      [255, 255, 255],
    ]);
  });
});

describe("wrap", () => {
  it.each([
    ["bear", ["bear"]],
    ["face with tears of joy", ["face with", "tears of joy"]],
    ["man in suit levitating in air", ["man in suit", "levitating…"]],
    ["supercalifragilistic", ["supercalifr…"]],
    ["", [""]],
  ])("%s", (text, lines) => {
    expect(wrap(text, 12)).toEqual(lines);
  });
});
