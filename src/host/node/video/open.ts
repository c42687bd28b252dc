import { existsSync, statSync } from "node:fs";
import { promisify } from "node:util";
import { deflate } from "node:zlib";
import { UserError } from "../../../errors.ts";
import { Apng } from "../../../video/apng.ts";
import { Gif } from "../../../video/gif.ts";
import { Webp } from "../../../video/webp.ts";
import {
  checkVideo,
  fitted,
  type VideoFormat,
  type VideoOptions,
  type VideoWriter,
  videoFormat,
} from "../../../video/writer.ts";
import { encodePicture, quantize } from "../picture.ts";
import { openFileWriter } from "./file-writer.ts";
import { openFolderWriter } from "./folder-writer.ts";
import { openMovie } from "./movie.ts";

const compress = promisify<Uint8Array, Uint8Array>(deflate);

const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

/**
 * Starts a video whose format the path's ending names: .gif, .webp, .png or .apng, .mp4, .webm, or a folder, which is there
 * or ends in a slash. Throws a UserError where that is none, where the format cannot hold such pictures, where the file cannot
 * be written, or where node-av is missing for .mp4 and .webm.
 */
export async function openVideo(path: string, options: VideoOptions): Promise<VideoWriter> {
  const format = isFolder(path) ? "folder" : videoFormat(path);
  checkVideo(path, format, options);
  return watched(path, await openFormat(path, format, options), options);
}

function openFormat(path: string, format: VideoFormat, options: VideoOptions): Promise<VideoWriter> {
  switch (format) {
    case "gif":
      return openFileWriter(path, new Gif(options, quantize));
    case "webp":
      return openFileWriter(path, new Webp(options, (picture) => encodePicture(picture, "webp")));
    case "apng":
      return openFileWriter(path, new Apng(options, compress));
    case "folder":
      return openFolderWriter(path, options);
    default:
      return openMovie(path, format, options);
  }
}

/** Gives a writer up where anything fails, once. Its pictures are as it was promised. */
function watched(path: string, writer: VideoWriter, options: VideoOptions): VideoWriter {
  let [isOpen, count] = [true, 0];
  const abort = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await writer.abort();
  };
  const whole = async (work: () => Promise<void>): Promise<void> => {
    if (!isOpen) throw new Error(`${path} was closed before`);
    try {
      await work();
    } catch (error) {
      await abort();
      throw error;
    }
  };
  return {
    write: (picture) =>
      whole(async () => {
        await writer.write(fitted(picture, options));
        count++;
      }),
    close: () =>
      whole(async () => {
        if (count === 0) throw new UserError(`cannot write ${path}: there are no pictures`);
        await writer.close();
        isOpen = false;
      }),
    abort,
  };
}
