import { expect, it } from "vitest";
import { languageOf } from "./language.ts";

it.each([
  ["a photograph of an old house in the mountains", "eng"],
  ["Junge Frau mit Hut lächelt in die Kamera", "deu"],
  ["Jeune femme souriante avec un chapeau dans la rue", "fra"],
  ["κόκκινο μήλο στο τραπέζι", "ell"],
  ["桌子上的红苹果", "cmn"],
  ["사과", "kor"],
])("%s: %s", (caption, language) => expect(languageOf(caption)).toBe(language));

it.each(["", "apple", "IMG_2034.jpg 1920x1080", "red panda"])("does not guess at %j", (caption) =>
  expect(languageOf(caption)).toBe("und"),
);
