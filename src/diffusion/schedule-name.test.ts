import { expect, test } from "vitest";
import { findSchedule, SCHEDULES, scheduleName } from "./schedule-name.ts";

test.each([
  ["Karras", { sigmas: "karras" }],
  ["Automatic", {}],
  ["", {}],
  ["Normal", { sigmas: "trained" }],
  ["SGM Uniform", { spacing: "trailing" }],
  ["ddim_uniform", { spacing: "leading" }],
  ["karras zero-terminal-snr", { sigmas: "karras", zeroTerminalSnr: true }],
  ["Trailing, Zero SNR", { spacing: "trailing", zeroTerminalSnr: true }],
])("knows %s, and its name leads there again", (name, asked) => {
  expect(findSchedule(name)).toEqual(asked);
  expect(findSchedule(scheduleName(findSchedule(name)))).toEqual(asked);
});

test("knows each of its names", () => {
  for (const [name, asked, aliases] of SCHEDULES)
    for (const spelling of [name, ...aliases]) expect(findSchedule(spelling)).toEqual(asked);
});

test("lists the names for one that it does not know", () => {
  expect(() => findSchedule("Polyexponential")).toThrow(
    'schedule "Polyexponential" is unknown; there are normal, karras, exponential, trailing, leading, linspace, zero-term',
  );
  expect(() => findSchedule("karras2m")).toThrow("is unknown");
});
