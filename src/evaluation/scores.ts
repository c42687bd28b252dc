/** Ranks from 1, the mean rank for those that are equal. */
export function averageRanks(values: ArrayLike<number>): Float64Array {
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let i = start; i < end; i++) ranks[order[i]!] = (start + end + 1) / 2;
  }
  return ranks;
}

/**
 * Area under the ROC curve: how often a member (1) scores higher than one that is none (0), equals counting half; NaN where
 * there are none of either (Mann & Whitney 1947).
 */
export function auc(scores: ArrayLike<number>, members: ArrayLike<number>): number {
  let [count, sum] = [0, 0];
  for (const [i, rank] of averageRanks(scores).entries()) {
    if (members[i] !== 1) continue;
    count++;
    sum += rank;
  }
  return (sum - (count * (count + 1)) / 2) / (count * (scores.length - count));
}

/** Pearson's correlation; NaN where one side is constant. */
export function correlation(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const mean = (values: ArrayLike<number>): number =>
    Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [x[i]! - mx, y[i]! - my];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return xy / Math.sqrt(xx * yy);
}

/** Correlation of ranks (Spearman 1904). */
export const rankCorrelation = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
  correlation(averageRanks(x), averageRanks(y));
