import { rows } from "../../diffusion/index.ts";
import { thumbnail } from "../../evaluation/neighbours.ts";
import type { Picture } from "../../runtime/host.ts";
import type { ClipModel } from "../clip/clip.ts";

/** Weight of pixels beside CLIP's embedding: along animations of the pocket model both then change about as much. */
const pixelWeight = 3;

/**
 * Vectors whose distance is how differently pictures look: CLIP's embedding, which is what they show, and beside it their
 * pixels at 32 × 32, from 0 to 1, root mean square. Without a CLIP the pixels alone.
 */
export async function look(clip: ClipModel | undefined, pictures: readonly Picture[]): Promise<Float32Array[]> {
  const pixels = pictures.map(thumbnail);
  const shown = clip && rows(await clip.embedImages(pictures));
  return pixels.map((bytes, i) => {
    const scale = pixelWeight / (255 * Math.sqrt(bytes.length));
    return Float32Array.from([...(shown?.[i]?.data ?? []), ...Array.from(bytes, (byte) => byte * scale)]);
  });
}
