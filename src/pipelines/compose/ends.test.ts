import { expect, it } from "vitest";
import { withTempo } from "./ends.ts";

it.each([
  ["funk", 96, "funk, 96 bpm"],
  ["", 96, "96 bpm"],
  ["funk", undefined, "funk"],
  ["funk, 120 BPM", 96, "funk, 120 BPM"],
  ["funk at 120 beats per minute", 96, "funk at 120 beats per minute"],
  ["some bpm", 96, "some bpm, 96 bpm"],
])("asks %j for %s bpm by %j", (prompt, bpm, asked) => {
  expect(withTempo(prompt, bpm)).toBe(asked);
});
