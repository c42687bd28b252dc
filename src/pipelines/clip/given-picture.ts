import { UserError } from "../../errors.ts";
import type { Host, Picture } from "../../runtime/host.ts";

/** What a canvas gives: RGBA, straight alpha, rows from the top. */
export interface ImageDataLike {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** What a file input and `fetch` give: File, Blob, Response. */
export interface BlobLike {
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A picture as users have it: a path, a file's bytes, ImageData, or pixels. */
export type GivenPicture = string | Uint8Array | ArrayBuffer | BlobLike | ImageDataLike | Picture;

/** Its pixels. Throws a UserError that calls a picture without a path by `name`. */
export async function pictureOf(host: Host, given: GivenPicture, name: string): Promise<Picture> {
  if (typeof given === "string") {
    const source = await host.open(given);
    return host.decodePicture(await source.read(0, source.size), given);
  }
  if (given instanceof Uint8Array) return host.decodePicture(given, name);
  if (given instanceof ArrayBuffer) return host.decodePicture(new Uint8Array(given), name);
  if ("arrayBuffer" in given) return host.decodePicture(new Uint8Array(await given.arrayBuffer()), name);
  const { width, height, data } = given;
  const channels = "channels" in given ? given.channels : 4;
  const isWhole = [width, height].every((side) => Number.isSafeInteger(side) && side > 0);
  if (!isWhole || data.length !== width * height * channels)
    throw new UserError(
      `${name}: ${data.length} bytes are not ${width}x${height} pixels of ${channels} channels; give width, height and all bytes of the pixels`,
    );
  return { width, height, channels, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
}
