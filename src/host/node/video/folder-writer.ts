import { unlink } from "node:fs/promises";
import { join } from "node:path";
import type { VideoOptions, VideoWriter } from "../../../video/writer.ts";
import { listFolder, writeFile } from "../files.ts";
import { encodePicture } from "../picture.ts";

const frameName = (number: number): string => `frame-${String(number).padStart(6, "0")}.png`;

/**
 * PNG pictures `frame-000001.png` and so on, and `manifest.json`, which says how they belong together. Pictures of a longer
 * video that was there before are removed when it is closed.
 */
export async function openFolderWriter(folder: string, options: VideoOptions): Promise<VideoWriter> {
  const frames: string[] = [];
  return {
    async write(picture) {
      const name = frameName(frames.length + 1);
      await writeFile(join(folder, name), [await encodePicture(picture, "png")]);
      frames.push(name);
    },
    async close() {
      const { width, height, fps, loop = 0, metadata } = options;
      const manifest = { width, height, fps, loop, frames, ...(metadata !== undefined && { parameters: metadata }) };
      await writeFile(join(folder, "manifest.json"), [
        new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`),
      ]);
      const written = new Set(frames);
      for (const name of await listFolder(folder))
        if (/^frame-\d{6}\.png$/.test(name) && !written.has(name)) await unlink(join(folder, name));
    },
    async abort() {},
  };
}
