import { type Latents, lerp } from "../../diffusion/index.ts";
import type { Frames, FramesProgress } from "./frames.ts";

/** What is shown next: a frame at a position, or a blend of two. */
export interface Shot {
  readonly latents: Latents;
  readonly position?: number;
}

/**
 * Goes through frames at positions, with `between` − 1 blends from each to the next; of a closed way the last one, which
 * is the first again, is not shown. Latents of two frames are held at a time, besides a batch.
 */
export async function* shotsOf(
  frames: Frames,
  positions: readonly number[],
  between: number,
  closed: boolean,
): AsyncGenerator<FramesProgress & { readonly shots: readonly Shot[] }, void> {
  let before: Shot | undefined;
  let passed = 0;
  for await (const progress of frames.at(positions)) {
    const shots: Shot[] = [];
    for (const latents of progress.latents ?? []) {
      if (before) shots.push(before, ...blends(before.latents, latents, between));
      before = { latents, position: positions[passed++]! };
    }
    if (passed === positions.length && !closed && progress.latents) shots.push(before!);
    yield { ...progress, shots };
  }
}

const blends = (a: Latents, b: Latents, between: number): Shot[] =>
  Array.from({ length: between - 1 }, (_, j) => ({ latents: lerp(a, b, (j + 1) / between) }));
