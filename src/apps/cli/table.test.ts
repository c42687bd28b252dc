import { expect, it } from "vitest";
import { scaled, table } from "./table.ts";

it("aligns words to the left and figures to the right", () => {
  expect(
    table(
      ["part", "parameters"],
      [
        ["unet", "860 M"],
        ["text_encoder", "4.20 k"],
      ],
    ),
  ).toBe("part          parameters\nunet               860 M\ntext_encoder      4.20 k");
});

it.each([
  [0, "", "0"],
  [999, "B", "999 B"],
  [1000, "", "1.00 k"],
  [49_408, "", "49.4 k"],
  [859_520_964, "", "860 M"],
  [3_438_167_534, "B", "3.44 GB"],
  [2e13, "B", "20000 GB"],
] as const)("writes %d%s as %s", (value, unit, text) => expect(scaled(value, unit)).toBe(text));
