import { expect, it } from "vitest";
import { askedTempo, tempoIn } from "./asked-tempo.ts";

it.each([
  ["funk with a saxophone, 96 bpm", 96],
  ["96 BPM, funk", 96],
  ["techno at 132bpm", 132],
  ["a waltz at 90.5 beats per minute", 90.5],
  ["a march, 100 beats a minute, not 120 bpm", 100],
  ["(96 bpm:1.2) funk", 96],
  ["a 140-BPM loop", 140],
  ["8 beats of the 1980s, 2 guitars", undefined],
  ["techno of 9000 bpm, 3 bpm", undefined],
  ["some bpm", undefined],
  ["the 96 bpmx", undefined],
  ["", undefined],
])("reads the tempo of %j", (prompt, bpm) => {
  expect(tempoIn(prompt)).toBe(bpm);
});

it("takes what is asked for, or what all prompts that name a tempo name", () => {
  expect(askedTempo({ bpm: 80, prompts: ["a, 96 bpm"] })).toBe(80);
  expect(askedTempo({ prompts: ["a, 96 bpm", "b", "96 BPM c"] })).toBe(96);
  expect(askedTempo({ prompts: ["a, 96 bpm", "b, 97 bpm"] })).toBeUndefined();
  expect(askedTempo({ prompts: ["a", "b"] })).toBeUndefined();
});
