import { expect, it } from "vitest";
import { type Candidate, findDuplicates } from "./near.ts";

const candidate = (key: string, sha256: string, phash: string, colour = 0): Candidate => ({
  key,
  sha256,
  phash,
  colours: new Uint8Array(48).fill(colour),
});

it("finds the same files, and hashes that differ by a few bits in any place", () => {
  const all = [
    candidate("0", "a", "0000000000000000"),
    candidate("1", "a", "ffffffffffffffff"),
    candidate("2", "b", "1000100010001000"),
    candidate("3", "c", "1100100010001000"),
    candidate("4", "d", "ff00000000000000"),
    candidate("5", "e", "0000000000000f00"),
  ];
  expect(findDuplicates(all, 4)).toEqual([
    { key: "1", of: "0", by: "sha256" },
    { key: "2", of: "0", by: "phash" },
    { key: "3", of: "2", by: "phash" },
    { key: "5", of: "0", by: "phash" },
  ]);
  expect(findDuplicates(all, 0).map(({ key }) => key)).toEqual(["1"]);
  expect(findDuplicates(all, undefined).map(({ key }) => key)).toEqual(["1"]);
});

it("finds all pairs within its distance, up to seven bits", () => {
  const zeros = candidate("0", "a", "0000000000000000");
  for (let trial = 0; trial < 50; trial++) {
    let bits = 0n;
    for (let i = 0; i < 7; i++) bits |= 1n << BigInt((trial * 37 + i * i * 11 + i) % 64);
    const other = candidate("1", "b", bits.toString(16).padStart(16, "0"));
    expect(findDuplicates([zeros, other], 7)).toHaveLength(1);
  }
});

it("keeps a green apple beside a red one", () => {
  const apples = [candidate("0", "a", "0000000000000000", 40), candidate("1", "b", "0000000000000000", 60)];
  expect(findDuplicates(apples, 7)).toEqual([]);
});

it("keeps small things on white that only their white has in common", () => {
  const small = (key: string, field: readonly number[]): Candidate => {
    const colours = new Uint8Array(48).fill(255);
    colours.set(field, 15);
    return { ...candidate(key, key, "0000000000000000"), colours };
  };
  const bell = [small("0", [250, 220, 180]), small("1", [250, 220, 181]), small("2", [235, 215, 215])];
  expect(findDuplicates(bell, 4)).toEqual([{ key: "1", of: "0", by: "phash" }]);
});
