/** A window on a canvas while it is being painted: RGB floats 0 … 255, row-major. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  /** Where the window's left top corner lies on the whole canvas, in pixels. */
  readonly left: number;
  readonly top: number;
  readonly rgb: Float32Array;
}

/** Where a square picture goes, in canvas pixels. */
export interface Placement {
  /** Centre. */
  readonly x: number;
  readonly y: number;
  /** Edge after scaling. */
  readonly edge: number;
  /** Clockwise, in radians. */
  readonly angle: number;
  readonly flip: boolean;
}

/** A premultiplied RGBA square as floats, with a transparent border of one pixel, so that edges fade by themselves. */
interface Source {
  readonly size: number;
  readonly rgba: Float32Array;
}

function bordered(pixels: Uint8Array, size: number): Source {
  const row = (size + 2) * 4;
  const rgba = new Float32Array(row * (size + 2));
  for (let y = 0; y < size; y++) rgba.set(pixels.subarray(y * size * 4, (y + 1) * size * 4), (y + 1) * row + 4);
  return { size, rgba };
}

/** Half the size by 2 × 2 averages. */
function halved({ size, rgba }: Source): Source {
  const half = size >> 1;
  const row = (size + 2) * 4;
  const out = new Float32Array((half + 2) ** 2 * 4);
  for (let y = 0; y < half; y++) {
    for (let x = 0; x < half; x++) {
      const from = (2 * y + 1) * row + (2 * x + 1) * 4;
      const to = ((y + 1) * (half + 2) + x + 1) * 4;
      for (let c = from; c < from + 4; c++)
        out[to + c - from] = (rgba[c]! + rgba[c + 4]! + rgba[c + row]! + rgba[c + row + 4]!) / 4;
    }
  }
  return { size: half, rgba: out };
}

/**
 * Draws a premultiplied RGBA square over the canvas: mip levels until the remaining reduction is less than two, then
 * the mean of 2 × 2 bilinear samples in every canvas pixel.
 */
export function paint(canvas: Canvas, pixels: Uint8Array, size: number, placement: Placement): void {
  let source = bordered(pixels, size);
  while (placement.edge <= source.size / 2) source = halved(source);
  const { rgba } = source;
  const row = (source.size + 2) * 4;
  const perPixel = source.size / placement.edge;
  // One canvas pixel to the right moves (ux, vx) in the source, one down (uy, vy).
  const turn = placement.flip ? -1 : 1;
  const [ux, vx] = [Math.cos(placement.angle) * perPixel * turn, -Math.sin(placement.angle) * perPixel];
  const [uy, vy] = [Math.sin(placement.angle) * perPixel * turn, Math.cos(placement.angle) * perPixel];
  const samples = perPixel > 1 ? 2 : 1;
  const weight = 1 / samples ** 2;

  const reach = (placement.edge / 2) * (Math.abs(Math.cos(placement.angle)) + Math.abs(Math.sin(placement.angle))) + 1;
  const x0 = Math.max(0, Math.floor(placement.x - reach) - canvas.left);
  const x1 = Math.min(canvas.width, Math.ceil(placement.x + reach) - canvas.left);
  const y0 = Math.max(0, Math.floor(placement.y - reach) - canvas.top);
  const y1 = Math.min(canvas.height, Math.ceil(placement.y + reach) - canvas.top);
  // Pixel centres lie at halves; the border shifts the source by one.
  const middle = source.size / 2 + 0.5;
  const last = source.size + 1 - 1e-4;
  for (let y = y0; y < y1; y++) {
    for (let x = x0; x < x1; x++) {
      let r = 0;
      let g = 0;
      let b = 0;
      let a = 0;
      for (let sub = 0; sub < samples * samples; sub++) {
        const dx = x + canvas.left - placement.x + ((sub % samples) + 0.5) / samples;
        const dy = y + canvas.top - placement.y + (Math.floor(sub / samples) + 0.5) / samples;
        const u = middle + dx * ux + dy * uy;
        const v = middle + dx * vx + dy * vy;
        if (u <= 0 || v <= 0 || u >= last || v >= last) continue;
        const column = u | 0;
        const line = v | 0;
        const at = line * row + column * 4;
        const w11 = (u - column) * (v - line);
        const w01 = u - column - w11;
        const w10 = v - line - w11;
        const w00 = 1 - w01 - w10 - w11;
        r += rgba[at]! * w00 + rgba[at + 4]! * w01 + rgba[at + row]! * w10 + rgba[at + row + 4]! * w11;
        g += rgba[at + 1]! * w00 + rgba[at + 5]! * w01 + rgba[at + row + 1]! * w10 + rgba[at + row + 5]! * w11;
        b += rgba[at + 2]! * w00 + rgba[at + 6]! * w01 + rgba[at + row + 2]! * w10 + rgba[at + row + 6]! * w11;
        a += rgba[at + 3]! * w00 + rgba[at + 7]! * w01 + rgba[at + row + 3]! * w10 + rgba[at + row + 7]! * w11;
      }
      if (a === 0) continue;
      const to = (y * canvas.width + x) * 3;
      const through = 1 - (a * weight) / 255;
      canvas.rgb[to] = canvas.rgb[to]! * through + r * weight;
      canvas.rgb[to + 1] = canvas.rgb[to + 1]! * through + g * weight;
      canvas.rgb[to + 2] = canvas.rgb[to + 2]! * through + b * weight;
    }
  }
}

/** Mean colour where a premultiplied RGBA square is opaque, RGB 0 … 255; from every seventh pixel. */
export function meanColour(pixels: Uint8Array): [number, number, number] {
  let [r, g, b, a] = [0, 0, 0, 1];
  for (let i = 0; i < pixels.length; i += 28) {
    r += pixels[i]!;
    g += pixels[i + 1]!;
    b += pixels[i + 2]!;
    a += pixels[i + 3]!;
  }
  return [(255 * r) / a, (255 * g) / a, (255 * b) / a];
}
