import type { EvaluationData, EvaluationProgress, Shown } from "../../src/pipelines/evaluate/data.ts";
import type { Picture } from "../../src/runtime/host.ts";

/** Stripes of their own for each number. */
export const stripes = (number: number, edge = 32): Picture => ({
  width: edge,
  height: edge,
  channels: 3,
  data: Uint8Array.from(
    { length: edge * edge * 3 },
    (_, i) => (Math.floor(i / (1 + number)) * (37 + 11 * number)) % 256,
  ),
});
export const names = ["bear", "apple", "cat", "house", "star", "fish", "sun"];
export const pictures: Shown[] = names.map((label, i) => ({
  label,
  prompt: `a picture of a ${label}`,
  picture: (edge) => stripes(i, edge),
}));
export const data: EvaluationData = {
  things: pictures.map(({ label, prompt }) => ({ label, prompt })),
  reconstructed: [{ name: "some", pictures: pictures.slice(0, 3) }],
  recognised: [{ name: "all", pictures }],
  known: pictures,
};

/** Progress and result of a measurement. */
export async function finish<T>(
  work: AsyncGenerator<EvaluationProgress, T>,
): Promise<{ seen: EvaluationProgress[]; result: T }> {
  const seen: EvaluationProgress[] = [];
  let next = await work.next();
  for (; !next.done; next = await work.next()) seen.push(next.value);
  return { seen, result: next.value };
}
