import { expect, it } from "vitest";
import { stack } from "./features.ts";
import { retrieval } from "./retrieval.ts";

const at = (degrees: number): Float32Array =>
  Float32Array.of(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180));

it("counts both ways, and captions that occur twice as one class", () => {
  const captions = ["bear", "apple", "bear", "house"];
  // The apple looks more like a house, and the second bear like an apple.
  const images = stack([at(0), at(80), at(44), at(90)]);
  const texts = stack([at(0), at(45), at(0), at(84)]);
  const { imageToText, textToImage, zeroShot, ...counts } = retrieval(images, texts, captions);
  expect(counts).toEqual({ pairs: 4, captions: 3 });
  expect(imageToText).toEqual({ at1: 2 / 4, at5: 1, at10: 1 });
  expect(zeroShot).toEqual({ at1: 2 / 4, at5: 1 });
  // "bear" finds a bear, twice; "apple" the second bear; "house" the apple.
  expect(textToImage).toEqual({ at1: 2 / 4, at5: 1, at10: 1 });
});

it("is what one expects of pairs that agree", () => {
  const rows = stack([at(0), at(30), at(60)]);
  const { imageToText, textToImage, zeroShot } = retrieval(rows, rows, ["a", "b", "c"]);
  expect([imageToText.at1, textToImage.at1, zeroShot.at1]).toEqual([1, 1, 1]);
});
