/** Tempi that can be asked for, in beats a minute. */
export const [slowestAsked, fastestAsked] = [20, 400] as const;

/** "96 bpm", "96.5BPM", "96 beats per minute", "96 beats a minute". */
const spoken = /(?<![\d.])(\d+(?:\.\d+)?)[\s-]*(?:bpm\b|beats?\s+(?:per|a)\s+minute\b)/i;

/** The tempo that a prompt names first; undefined where it names none, or one that nothing is played at. */
export function tempoIn(prompt: string): number | undefined {
  const named = spoken.exec(prompt)?.[1];
  const bpm = Number(named);
  return named !== undefined && bpm >= slowestAsked && bpm <= fastestAsked ? bpm : undefined;
}

/** The tempo that a whole piece is to have: the one asked for, or the only one that its prompts name. */
export function askedTempo(request: {
  readonly bpm?: number;
  readonly prompts: readonly string[];
}): number | undefined {
  const { bpm, prompts } = request;
  if (bpm !== undefined) return bpm;
  const named = new Set(prompts.map(tempoIn).filter((tempo) => tempo !== undefined));
  return named.size === 1 ? [...named][0] : undefined;
}
