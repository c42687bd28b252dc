import { statSync } from "node:fs";
import { promisify } from "node:util";
import { deflate } from "node:zlib";
import { Apng } from "../../../video/apng.ts";
import { Gif } from "../../../video/gif.ts";
import { Webp } from "../../../video/webp.ts";
import { checkVideo, type VideoOptions, type VideoWriter, videoFormat } from "../../../video/writer.ts";
import { encodePicture, quantize } from "../picture.ts";
import { openFileWriter } from "./file-writer.ts";
import { openFolderWriter } from "./folder-writer.ts";
import { openMovie } from "./movie.ts";

const compress = promisify<Uint8Array, Uint8Array>(deflate);

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/**
 * Starts a video whose format the path's ending names: .gif, .webp, .png or .apng, .mp4, .webm, or a folder, which is there
 * or ends in a slash. Throws a UserError where that is none, where the format cannot hold such pictures, where the file cannot
 * be written, or where node-av is missing for .mp4 and .webm.
 */
export async function openVideo(path: string, options: VideoOptions): Promise<VideoWriter> {
  const format = isFolder(path) ? "folder" : videoFormat(path);
  checkVideo(path, format, options);
  switch (format) {
    case "gif":
      return openFileWriter(path, new Gif(options, quantize), options);
    case "webp":
      return openFileWriter(path, new Webp(options, (picture) => encodePicture(picture, "webp")), options);
    case "apng":
      return openFileWriter(path, new Apng(options, compress), options);
    case "folder":
      return openFolderWriter(path, options);
    default:
      return openMovie(path, format, options);
  }
}
