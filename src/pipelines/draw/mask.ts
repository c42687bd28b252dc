import { flatten } from "../../image/tensor.ts";
import type { Picture } from "../../runtime/host.ts";

/**
 * A mask's one channel: 255 where a picture is drawn anew, 0 where it stays; `inverted` exchanges the two. Where a mask
 * has transparent pixels, these alone are drawn anew, whatever the colours; else its brightness counts.
 */
export function greyMask(mask: Picture, inverted = false): Picture {
  const { width, height } = mask;
  const grey = transparency(mask) ?? luma(flatten(mask));
  return { width, height, channels: 1, data: inverted ? grey.map((value) => 255 - value) : grey };
}

function transparency({ channels, data }: Picture): Uint8Array | undefined {
  if (channels !== 4) return undefined;
  const clear = Uint8Array.from({ length: data.length / 4 }, (_, i) => 255 - data[4 * i + 3]!);
  return clear.some((value) => value > 0) ? clear : undefined;
}

/** ITU-R BT.601 luma in Pillow's 16-bit fixed point. */
const luma = ({ width, height, data }: Picture): Uint8Array =>
  Uint8Array.from(
    { length: width * height },
    (_, i) => (data[3 * i]! * 19595 + data[3 * i + 1]! * 38470 + data[3 * i + 2]! * 7471 + 0x8000) >> 16,
  );

/**
 * A grey mask with soft edges, by a Gaussian of a standard deviation in pixels. The slope lies inside what is drawn anew:
 * what was black is black still, so that it comes back as it was.
 */
export function feathered(mask: Picture, deviation: number): Picture {
  if (deviation <= 0) return mask;
  const { width, height, data } = mask;
  const rows = blurred(data, width, height, 1, deviation);
  const both = blurred(rows, height, width, width, deviation);
  const soft = both.map((value, i) => Math.min(Math.max(2 * value - 255, 0), data[i]!));
  return { ...mask, data: Uint8Array.from(soft, Math.round) };
}

/** Along one axis, whose neighbours are `step` apart; beyond the edge it goes on as it ends. */
function blurred(
  values: ArrayLike<number>,
  length: number,
  lines: number,
  step: number,
  deviation: number,
): Float64Array {
  const radius = Math.ceil(2.5 * deviation);
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * deviation ** 2)),
  );
  const sum = kernel.reduce((total, weight) => total + weight, 0);
  const out = new Float64Array(values.length);
  const lineStep = step === 1 ? length : 1;
  for (let line = 0; line < lines; line++)
    for (let i = 0; i < length; i++) {
      let value = 0;
      for (let k = -radius; k <= radius; k++) {
        const at = Math.min(Math.max(i + k, 0), length - 1);
        value += kernel[k + radius]! * values[line * lineStep + at * step]!;
      }
      out[line * lineStep + i * step] = value / sum;
    }
  return out;
}

/** A rectangle of pixels. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The area around all that a grey mask does not keep, with `padding` pixels on each side, made wider or higher to the
 * proportions of `width` and `height` as far as the picture goes. Undefined where the mask is black everywhere.
 */
export function areaAround(mask: Picture, padding: number, width: number, height: number): Area | undefined {
  let [left, top, right, bottom] = [mask.width, mask.height, 0, 0];
  for (const [i, value] of mask.data.entries()) {
    if (value === 0) continue;
    const [x, y] = [i % mask.width, Math.floor(i / mask.width)];
    [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x + 1), Math.max(bottom, y + 1)];
  }
  if (right === 0) return undefined;
  const [w, h] = [right - left + 2 * padding, bottom - top + 2 * padding];
  const across = span(left - padding, w, Math.round((h * width) / height), mask.width);
  const down = span(top - padding, h, Math.round((w * height) / width), mask.height);
  return { left: across.start, top: down.start, width: across.length, height: down.length };
}

/** At least as long as wanted, about the same middle, within 0 … most. */
function span(start: number, length: number, wanted: number, most: number): { start: number; length: number } {
  const long = Math.min(Math.max(length, wanted), most);
  const middle = start - Math.floor((long - length) / 2);
  return { start: Math.min(Math.max(middle, 0), most - long), length: long };
}
