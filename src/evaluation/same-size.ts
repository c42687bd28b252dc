import type { Picture } from "../runtime/host.ts";

const size = ({ width, height, channels }: Picture): string => `${width}x${height}x${channels}`;

/** Throws unless two pictures have as many rows, columns and channels. */
export function sameSize(metric: string, a: Picture, b: Picture): void {
  if (size(a) !== size(b)) throw new Error(`${metric}: a picture of ${size(a)} beside one of ${size(b)}`);
}
