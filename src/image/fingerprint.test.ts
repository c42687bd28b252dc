import sharp, { type Sharp } from "sharp";
import { expect, it } from "vitest";
import type { Picture } from "../runtime/host.ts";
import { fingerprint } from "./fingerprint.ts";

const svg = (shapes: string): Buffer =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="120"><rect width="120" height="120" fill="#cde"/>${shapes}</svg>`,
  );
const scene = svg(
  '<circle cx="40" cy="50" r="30" fill="#d22"/><rect x="60" y="70" width="50" height="40" fill="#262"/><circle cx="95" cy="25" r="15" fill="#fb0"/>',
);
const other = svg(
  '<rect x="10" y="10" width="40" height="90" fill="#d22"/><circle cx="85" cy="70" r="30" fill="#262"/>',
);

async function pixels(image: Sharp): Promise<Picture> {
  const { data, info } = await image.flatten({ background: "#fff" }).raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: 3, data: new Uint8Array(data) };
}

const ones = (hex: string): number => [...BigInt(`0x${hex}`).toString(2)].filter((bit) => bit === "1").length;
const distance = (a: string, b: string): number => ones((BigInt(`0x${a}`) ^ BigInt(`0x${b}`)).toString(16));

it("stays when a picture is scaled, compressed or brightened, and tells others apart", async () => {
  const original = fingerprint(await pixels(sharp(scene)));
  const changed = [
    sharp(scene).resize(60, 60),
    sharp(scene).resize(300, 300),
    sharp(await sharp(scene).jpeg({ quality: 30 }).toBuffer()),
    sharp(scene).modulate({ brightness: 1.03 }),
  ];
  for (const image of changed)
    expect(distance(fingerprint(await pixels(image)).phash, original.phash)).toBeLessThanOrEqual(4);
  expect(distance(fingerprint(await pixels(sharp(other))).phash, original.phash)).toBeGreaterThan(12);
});

it("has sixteen mean colours", async () => {
  const blue = sharp({ create: { width: 40, height: 20, channels: 3, background: "#1020ff" } });
  const { phash, colours } = fingerprint(await pixels(blue));
  expect([phash, colours.length, [...colours.subarray(0, 3)]]).toEqual(["0000000000000000", 48, [16, 32, 255]]);
});
