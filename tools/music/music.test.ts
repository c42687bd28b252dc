import { parseMidi } from "midi-file";
import { describe, expect, it } from "vitest";
import { random } from "../../src/training/data/random.ts";
import { caption, describe as describePlan, plainCaption, soundsOf } from "./captions.ts";
import { genres } from "./genres.ts";
import { instrument, instruments, kits } from "./instruments.ts";
import { type Loop, makeLoop } from "./loop.ts";
import { midiFile, performance } from "./midi.ts";
import { steps, swung } from "./patterns.ts";
import { plan } from "./plan.ts";
import { splitOf } from "./splits.ts";
import { chord, nearestPitch, progression, scalePitches, voicing } from "./theory.ts";

const some = Array.from({ length: 120 }, (_, i) => makeLoop(4, i));
const classOf = (pitch: number): number => ((pitch % 12) + 12) % 12;

/** Pitch classes of the chord that sounds at a beat. */
const partOf = (loop: Loop, role: string) => loop.parts.find((part) => part.role === role);

describe("theory", () => {
  it("reads chords by their numerals", () => {
    expect(chord("bVII7")).toEqual({ root: 10, tones: [0, 4, 7, 10] });
    expect(chord("ii7")).toEqual({ root: 2, tones: [0, 3, 7, 10] });
    expect(chord("iiø").tones).toEqual([0, 3, 6, 10]);
    expect(() => chord("H7")).toThrow('"H7" is no chord');
    for (const { progressions } of genres)
      for (const names of Object.values(progressions).flat()) expect([3, 4]).toContain(progression(names).length);
  });

  it("moves voices little", () => {
    const one = voicing(chord("I"), 0, 60);
    const four = voicing(chord("IV"), 0, 60);
    expect(one.map(classOf).sort()).toEqual([0, 4, 7]);
    expect(four.map(classOf).sort()).toEqual([0, 5, 9]);
    expect(Math.abs(one[0]! - four[0]!)).toBeLessThan(6);
    expect(nearestPitch(11, 60)).toBe(59);
    expect(scalePitches("blues", 9, 57, 69)).toEqual([57, 60, 62, 63, 64, 67, 69]);
  });
});

describe("patterns", () => {
  it("hold and rest", () => {
    expect(steps("x__.-.._")).toEqual([
      { at: 0, length: 3, symbol: "x" },
      { at: 4, length: 1, symbol: "-" },
    ]);
  });

  it("fill the bars of their genre", () => {
    for (const { name, beats = 4, grooves, fills, bass, chords, lead } of genres) {
      const all = [...[...grooves, ...fills].flatMap((groove) => Object.values(groove)), bass, chords, lead].flatMap(
        (one) => (typeof one === "string" ? [one] : one.patterns),
      );
      for (const pattern of all) expect([name, pattern, pattern.length]).toEqual([name, pattern, 4 * beats]);
      for (const label of [bass, chords, lead].flatMap((style) => style.instruments)) instrument(label);
    }
  });

  it("swing leaves beats where they are", () => {
    const shuffle = { pair: 1, first: 2 / 3 } as const;
    expect([0, 0.5, 1, 1.5, 1.75].map((beat) => swung(beat, shuffle))).toEqual(
      [0, 2 / 3, 1, 5 / 3, 11 / 6].map((beat) => expect.closeTo(beat, 9)),
    );
  });
});

describe("loops", () => {
  it("are the same every time, and others for another seed", () => {
    expect(makeLoop(4, 17)).toEqual(some[17]);
    expect(makeLoop(5, 17)).not.toEqual(some[17]);
  });

  it("cover many genres, instruments and tempi", () => {
    const plans = Array.from({ length: 2000 }, (_, i) => plan(1, i));
    expect(new Set(plans.map(({ genre }) => genre.name)).size).toBeGreaterThanOrEqual(12);
    expect(new Set(plans.flatMap(({ cast }) => Object.values(cast).map(({ label }) => label))).size).toBe(
      instruments.length,
    );
    expect(instruments.length).toBeGreaterThanOrEqual(30);
    const tempi = plans.map(({ bpm }) => bpm);
    expect([Math.min(...tempi), Math.max(...tempi)]).toEqual([60, 180]);
  });

  it("begin on the beat, end in their last bar, and stay playable", () => {
    for (const { parts, bars, beats, bpm } of some)
      for (const { notes, role } of parts) {
        const end = bars * beats + 0.01 * (bpm / 60);
        const odd = notes.filter(
          ({ at, pitch, velocity, length }) =>
            !(at >= 0 && at < end && length > 0 && velocity >= 8 && velocity <= 127) ||
            !(pitch >= (role === "drums" ? 35 : 21) && pitch <= 108),
        );
        expect(odd).toEqual([]);
        expect(notes.length).toBeGreaterThan(0);
      }
  });

  it("have basses and chords of one harmony", () => {
    const both = some.filter((loop) => partOf(loop, "bass") && partOf(loop, "chords"));
    expect(both.length).toBeGreaterThan(10);
    for (const loop of both) {
      const chordal = new Set(partOf(loop, "chords")!.notes.map(({ pitch }) => classOf(pitch - loop.tonic)));
      const names = Object.values(loop.genre.progressions).flat();
      const fits = names.some((one) =>
        [...chordal].every((tone) =>
          progression(one).some(({ root, tones }) => tones.some((above) => (root + above) % 12 === tone)),
        ),
      );
      expect(fits).toBe(true);
    }
  });

  it("are written as MIDI that reads back", () => {
    const loop = some.find(({ kit, cast }) => kit && cast.lead)!;
    const { header, tracks } = parseMidi(midiFile([performance(loop, 0, 0, loop.bars * loop.beats)], loop.bpm));
    expect(header.ticksPerBeat).toBe(960);
    const events = tracks[0]!;
    expect(events[0]).toMatchObject({ type: "setTempo", microsecondsPerBeat: Math.round(60e6 / loop.bpm) });
    const starts = events.filter(({ type }) => type === "noteOn").length;
    expect(starts).toBe(loop.parts.reduce((sum, { notes }) => sum + notes.length, 0));
    const ticks = events.reduce((sum, { deltaTime }) => sum + deltaTime, 0);
    expect(ticks / 960).toBeCloseTo(loop.bars * loop.beats, 1);
    const programs = events.flatMap((event) => (event.type === "programChange" ? [event.programNumber] : []));
    expect(programs).toContain(loop.cast.lead!.program);
    expect(programs).toContain(kits[loop.kit!].program);
  });
});

describe("captions", () => {
  const said = Array.from({ length: 400 }, (_, i) => {
    const described = describePlan(plan(2, i), random(2, i));
    return { described, words: caption(random(3, i), described) };
  });

  it("say the tempo or how fast it feels, mostly, and nothing that is not there", () => {
    const counted = said.filter(({ words }) => /\bbpm\b/.test(words));
    expect(counted.length / said.length).toBeGreaterThan(0.8);
    for (const { described, words } of counted)
      expect(words).toMatch(new RegExp(`^${described.bpm} bpm, |[, at]+ ${described.bpm} bpm$`));
    const bare = counted.filter(({ words }) => /^\w+, \d+ bpm$/.test(words));
    expect(bare.length / said.length).toBeGreaterThan(0.08);
    for (const { described, words } of said) {
      if (described.kit === undefined) expect(words).not.toMatch(/\bdrums\b(?<!steel drums)|\bbeat\b/);
      expect(words).not.toMatch(/ {2}|,,|undefined|\ba [aeiou](?!ni)/);
    }
  });

  it("depend on the dice alone, and differ", () => {
    const { described } = said[3]!;
    expect(caption(random(1), described)).toBe(caption(random(1), described));
    expect(new Set(Array.from({ length: 40 }, (_, i) => caption(random(i), described))).size).toBeGreaterThan(15);
  });

  it("name everything plainly", () => {
    const described = {
      genre: "funk",
      bpm: 96,
      kit: "acoustic",
      cast: { bass: "slap bass", lead: "saxophone" },
    } as const;
    expect(plainCaption(described)).toBe("funk with a saxophone, a slap bass and drums, 96 bpm");
    expect(soundsOf(described)).toEqual(["slap bass", "saxophone", "drums"]);
  });
});

it("splits hold back some loops, and some pairs of genre and instrument wholly", () => {
  const split = Array.from({ length: 2000 }, (_, i) => ({ planned: plan(1, i), where: splitOf(plan(1, i), 1, i) }));
  const pairs = (where: string): Set<string> =>
    new Set(
      split
        .filter((one) => one.where === where)
        .flatMap(({ planned: { genre, cast } }) =>
          [cast.chords, cast.lead].flatMap((player) => (player ? [`${genre.name}/${player.label}`] : [])),
        ),
    );
  const share = split.filter(({ where }) => where === "held-loop").length / split.length;
  expect(share).toBeGreaterThan(0.03);
  expect(share).toBeLessThan(0.07);
  const trained = pairs("train");
  const held = split.filter(({ where }) => where === "held-pair");
  for (const { planned } of held.slice(0, 50)) {
    const own = [planned.cast.chords, planned.cast.lead].flatMap((p) =>
      p ? [`${planned.genre.name}/${p.label}`] : [],
    );
    expect(own.some((pair) => !trained.has(pair))).toBe(true);
  }
});
