import { expect, it } from "vitest";
import { testHost } from "../../../tests/support/test-host.ts";
import type { Picture } from "../../runtime/host.ts";
import { type GivenPicture, pictureOf } from "./given-picture.ts";

const rgba: Picture = { width: 3, height: 2, channels: 4, data: Uint8Array.from({ length: 24 }, (_, i) => 255 - i) };
const host = testHost();
const png = await host.encodePicture(rgba, "png");
host.files.set("bear.png", png);

it.each<[string, GivenPicture]>([
  ["a path", "bear.png"],
  ["a file's bytes", png],
  ["a buffer", png.slice().buffer as ArrayBuffer],
  ["a blob", new Blob([png.slice()])],
  ["ImageData", { width: 3, height: 2, data: new Uint8ClampedArray(rgba.data) }],
  ["pixels", rgba],
])("takes %s", async (_, given) => {
  expect(await pictureOf(host, given, "a picture")).toEqual(rgba);
});

it.each<[string, GivenPicture, string]>([
  ["a path to nothing", "cat.png", "cannot read cat.png: there is no such file"],
  ["text", new TextEncoder().encode("a bear"), "it: not a PNG, JPEG"],
  ["too few bytes", { ...rgba, height: 3 }, "it: 24 bytes are not 3x3 pixels of 4 channels"],
  ["no bytes", { width: 0, height: 0, data: new Uint8ClampedArray() }, "it: 0 bytes are not 0x0 pixels"],
  ["half a pixel", { width: 1.5, height: 4, data: rgba.data } as never, "it: 24 bytes are not 1.5x4 pixels"],
])("refuses %s in one line", async (_, given, message) => {
  const error = (await pictureOf(host, given, "it").catch((e: Error) => e)) as Error;
  expect(error.name).toBe("UserError");
  expect(error.message).toContain(message);
});
