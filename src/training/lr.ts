/** A learning rate that rises linearly over the first steps and then stays or falls to zero along half a cosine. */
export interface LearningRate {
  readonly peak: number;
  /** Steps until the peak is reached. */
  readonly warmup: number;
  readonly schedule: "constant" | "cosine";
  /** Length of the whole run in steps; the cosine ends there. */
  readonly steps: number;
}

/** Learning rate of a step, the first of which is 0. */
export function learningRate(step: number, { peak, warmup, schedule, steps }: LearningRate): number {
  if (step < warmup) return (peak * (step + 1)) / warmup;
  if (schedule === "constant") return peak;
  const done = Math.min(1, (step - warmup) / Math.max(1, steps - warmup));
  return (peak * (1 + Math.cos(Math.PI * done))) / 2;
}
