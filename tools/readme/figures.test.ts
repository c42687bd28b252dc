import { expect, it } from "vitest";
import { withFigures } from "./figures.ts";

const evaluation = {
  model: "models/pocket",
  precision: "fp32" as const,
  autoencoder: [{ set: "held-out things", pictures: 329, psnr: 24.567, ssim: 0.9123 }],
  clip: [{ set: "the unseen hand", pictures: 1631, labels: 1631, top1: 0.4567, top5: 0.7 }],
  omitted: {},
};

it("replaces what is between the marks, and nothing else", () => {
  const document = "# Title\n\n<!-- figures -->\nold\n<!-- end of figures -->\n\nEnd.\n";
  const once = withFigures(document, evaluation);
  expect(once).toBe(`# Title

<!-- figures -->

| figure                    | pictures of     | count | value    |
| ------------------------- | --------------- | ----- | -------- |
| autoencoder: PSNR         | held-out things | 329   | 24.57 dB |
| autoencoder: SSIM         | held-out things | 329   | 0.912    |
| CLIP: right first of 1631 | the unseen hand | 1631  | 45.7 %   |
| CLIP: right among five    | the unseen hand | 1631  | 70.0 %   |

<!-- end of figures -->

End.
`);
  expect(withFigures(once, evaluation)).toBe(once);
  expect(() => withFigures("# Title\n", evaluation)).toThrow("no <!-- figures --> section");
});

it("puts other evaluations' values beside those of the same figure", () => {
  const eight = {
    ...evaluation,
    precision: "int8" as const,
    clip: [{ ...evaluation.clip[0]!, top1: 0.4 }],
    autoencoder: [],
  };
  const document = withFigures("<!-- figures -->\n<!-- end of figures -->\n", evaluation, [eight]);
  expect(document).toContain("| value    | int8   |");
  expect(document).toMatch(/right first of 1631 .* \| 45\.7 % {3}\| 40\.0 % \|/);
  expect(document).toMatch(/PSNR .* dB \| {8}\|/);
});
