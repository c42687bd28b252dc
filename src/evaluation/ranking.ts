/** Place of the right answer among all by score, 0 for the best; answers that score the same count before it. */
export function rankOf(scores: ArrayLike<number>, right: number): number {
  const own = scores[right];
  if (own === undefined) throw new Error(`rankOf: there is no answer ${right} among ${scores.length}`);
  let better = 0;
  for (let i = 0; i < scores.length; i++) if (i !== right && !(scores[i]! < own)) better++;
  return better;
}

/** Share of ranks below k. */
export const topK = (ranks: readonly number[], k: number): number =>
  ranks.filter((rank) => rank < k).length / ranks.length;
