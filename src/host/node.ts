import type { Host } from "../runtime/host.ts";
import { fileExists, listFolder, openFile, writeFile } from "./node/files.ts";
import { decodePicture, encodePicture } from "./node/picture.ts";
import { prepareWeights } from "./node/prepare.ts";
import { openSession, weightFile } from "./node/session.ts";

/** Files on the disk, ONNX Runtime's Node binding, and sharp's picture formats. */
export function nodeHost(): Host {
  return {
    open: openFile,
    exists: fileExists,
    list: listFolder,
    write: writeFile,
    weightFile,
    prepare: prepareWeights,
    session: openSession,
    decodePicture,
    encodePicture,
  };
}
