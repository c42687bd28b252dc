import { expect, test } from "vitest";
import { drawingDefaultsToJson, parseDrawingDefaults } from "./drawing-defaults.ts";

const where = "m/generation_config.json";

test("defaults are what the file says, and the usual where it says nothing", () => {
  const own = { steps: 4, guidance: 0 };
  expect(parseDrawingDefaults(drawingDefaultsToJson(own), where)).toEqual(own);
  expect(parseDrawingDefaults({ guidance_scale: 3.5, eta: 1 }, where)).toEqual({ steps: 20, guidance: 3.5 });
});

test.each([
  [{ guidance_scale: -1 }, `${where}: "guidance_scale" must be a number from 0 on, but is -1`],
  [{ guidance_scale: "much" }, `${where}: "guidance_scale" must be a number, but is "much"`],
  [{ num_inference_steps: 0.5 }, `${where}: "num_inference_steps" must be a whole number above 0, but is 0.5`],
  [[4], `${where}: must be a JSON object, but is [4]`],
])("%j is refused in one line", (json, line) => {
  expect(() => parseDrawingDefaults(json, where)).toThrow(line);
});
