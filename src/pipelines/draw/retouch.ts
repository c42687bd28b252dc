import { UserError } from "../../errors.ts";
import { crop, resize } from "../../image/resize.ts";
import { flatten } from "../../image/tensor.ts";
import type { Picture } from "../../runtime/host.ts";
import { cover } from "./given-picture.ts";
import { type Area, areaAround, feathered, greyMask } from "./mask.ts";
import type { InitialPicture } from "./request.ts";

/** What of a given picture goes into a drawing, and how the drawing goes back into the picture. */
export interface Retouch {
  /** Of the drawing's size. */
  readonly picture: Picture;
  /** Of the drawing's size, one channel; none where all is drawn anew. */
  readonly mask?: Picture;
  /** The picture with the drawing in place of what the mask does not keep; the rest is the picture's, to the bit. */
  finish(drawn: Picture): Picture;
}

/**
 * A picture scaled and cut to the size of a drawing. With `maskPadding` only the area around the mask is drawn, at full
 * size, and the result has the picture's own size.
 */
export function retouch(init: InitialPicture, width: number, height: number): Retouch {
  const { mask, maskBlur = 4, maskInverted, maskPadding } = init;
  if (!mask) return { picture: cover(flatten(init.picture), width, height), finish: (drawn) => drawn };
  const whole = maskPadding === undefined;
  const base = whole ? cover(flatten(init.picture), width, height) : flatten(init.picture);
  const grey = cover(greyMask(mask, maskInverted), base.width, base.height);
  const area = whole ? { left: 0, top: 0, width, height } : areaAround(grey, maskPadding, width, height);
  if (!area) throw new UserError("the mask is black everywhere, so that nothing is to be drawn: paint white what is");
  const part = (picture: Picture): Picture =>
    resize(crop(picture, area.left, area.top, area.width, area.height), width, height, "lanczos");
  return {
    picture: part(base),
    mask: part(grey),
    finish: (drawn) => paste(base, resize(drawn, area.width, area.height, "lanczos"), feathered(grey, maskBlur), area),
  };
}

/** `drawn` over an area of `base`, each pixel by its mask. */
function paste(base: Picture, drawn: Picture, mask: Picture, { left, top, width, height }: Area): Picture {
  const data = base.data.slice();
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = (top + y) * base.width + left + x;
      const share = mask.data[at]! / 255;
      for (let c = 0; c < 3; c++) {
        const kept = base.data[3 * at + c]!;
        data[3 * at + c] = Math.round(kept + (drawn.data[3 * (y * width + x) + c]! - kept) * share);
      }
    }
  return { ...base, data };
}
