import type { Container } from "../../../video/container.ts";
import { fitted, type VideoOptions, type VideoWriter } from "../../../video/writer.ts";
import { startFile } from "../files.ts";

/** Streams a container into a file. */
export async function openFileWriter(path: string, container: Container, options: VideoOptions): Promise<VideoWriter> {
  const file = await startFile(path);
  const whole = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      await file.discard();
      throw error;
    }
  };
  return {
    write: (picture) =>
      whole(async () => {
        for (const chunk of await container.add(fitted(picture, options))) await file.append(chunk);
      }),
    close: () =>
      whole(async () => {
        const { tail, corrections } = await container.finish();
        for (const chunk of tail) await file.append(chunk);
        for (const { at, bytes } of corrections) await file.correct(at, bytes);
        await file.finish();
      }),
    abort: () => file.discard(),
  };
}
