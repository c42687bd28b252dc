import type { Picture } from "../runtime/host.ts";
import { type NdArray, ndarray } from "../runtime/ndarray.ts";

/** Three channels: grey is repeated, alpha dropped as Pillow's `convert("RGB")` does. */
export function toRgb(picture: Picture): Picture {
  const { width, height, channels, data } = picture;
  if (channels === 3) return picture;
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0, at = 0; i < rgb.length; i += 3, at += channels)
    for (let c = 0; c < 3; c++) rgb[i + c] = data[channels === 1 ? at : at + c]!;
  return { width, height, channels: 3, data: rgb };
}

/** Three channels, transparent pixels laid over one colour. */
export function flatten(picture: Picture, background: readonly [number, number, number] = [255, 255, 255]): Picture {
  if (picture.channels !== 4) return toRgb(picture);
  const { width, height, data } = picture;
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0, at = 0; i < rgb.length; i += 3, at += 4)
    for (let c = 0; c < 3; c++) {
      const alpha = data[at + 3]! / 255;
      rgb[i + c] = Math.round(data[at + c]! * alpha + background[c]! * (1 - alpha));
    }
  return { width, height, channels: 3, data: rgb };
}

/** RGB pictures of one size → (n, 3, height, width) in [-1, 1]; alpha is dropped. */
export function picturesToTensor(pictures: readonly Picture[]): NdArray<"f32"> {
  const [first] = pictures;
  if (!first) throw new Error("picturesToTensor: no picture");
  const { width, height } = first;
  const plane = width * height;
  const out = new Float32Array(pictures.length * 3 * plane);
  for (const [n, picture] of pictures.entries()) {
    if (picture.width !== width || picture.height !== height)
      throw new Error(`picturesToTensor: ${picture.width}x${picture.height} beside ${width}x${height}`);
    const { data } = toRgb(picture);
    for (let c = 0; c < 3; c++)
      for (let i = 0, at = (n * 3 + c) * plane; i < plane; i++) out[at + i] = data[i * 3 + c]! / 127.5 - 1;
  }
  return ndarray(out, [pictures.length, 3, height, width]);
}

/** (n, 3, height, width) in [-1, 1] → n RGB pictures; values beyond are clamped. */
export function tensorToPictures(tensor: NdArray<"f32">): Picture[] {
  const [count, channels, height, width] = tensor.shape;
  if (tensor.shape.length !== 4 || channels !== 3)
    throw new Error(`tensorToPictures: [${tensor.shape.join(",")}] is not (n, 3, height, width)`);
  const plane = height! * width!;
  return Array.from({ length: count! }, (_, n) => {
    const data = new Uint8ClampedArray(plane * 3);
    for (let c = 0; c < 3; c++)
      for (let i = 0, at = (n * 3 + c) * plane; i < plane; i++) data[i * 3 + c] = (tensor.data[at + i]! + 1) * 127.5;
    return { width: width!, height: height!, channels: 3, data: new Uint8Array(data.buffer) };
  });
}
