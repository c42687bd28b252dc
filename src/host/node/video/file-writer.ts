import type { Container } from "../../../video/container.ts";
import type { VideoWriter } from "../../../video/writer.ts";
import { startFile } from "../files.ts";

/** Streams a container into a file. */
export async function openFileWriter(path: string, container: Container): Promise<VideoWriter> {
  const file = await startFile(path);
  return {
    async write(picture) {
      for (const chunk of await container.add(picture)) await file.append(chunk);
    },
    async close() {
      const { tail, corrections } = await container.finish();
      for (const chunk of tail) await file.append(chunk);
      for (const { at, bytes } of corrections) await file.correct(at, bytes);
      await file.finish();
    },
    abort: () => file.discard(),
  };
}
