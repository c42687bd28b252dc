/**
 * A drawing of black lines with its insides coloured as another hand coloured the same thing: each part that lines enclose
 * gets the mean of what the other shows there, one flat colour, or stays empty where the other shows little. Both are
 * premultiplied RGBA squares.
 */
export function filled(lines: Uint8Array, colours: Uint8Array, size: number): Uint8Array {
  const out = lines.slice();
  const seen = new Uint8Array(size * size);
  for (let start = 0; start < seen.length; start++) {
    if (seen[start] || !isEmpty(lines, start)) continue;
    const { pixels, enclosed } = part(lines, start, size, seen);
    const fill = enclosed ? meanOf(colours, pixels) : undefined;
    if (fill === undefined) continue;
    for (const pixel of pixels) {
      const seeThrough = 1 - lines[4 * pixel + 3]! / 255;
      for (let c = 0; c < 3; c++) out[4 * pixel + c] = lines[4 * pixel + c]! + seeThrough * fill[c]!;
      out[4 * pixel + 3] = 255;
    }
  }
  return out;
}

const isEmpty = (rgba: Uint8Array, pixel: number): boolean => rgba[4 * pixel + 3]! < 128;

/** All empty pixels that are joined to `start`, which get marked, and whether none is at the square's border. */
function part(
  rgba: Uint8Array,
  start: number,
  size: number,
  seen: Uint8Array,
): { readonly pixels: Int32Array; readonly enclosed: boolean } {
  const pixels = new Int32Array(size * size);
  let [count, enclosed] = [0, true];
  const join = (pixel: number): void => {
    if (seen[pixel] || !isEmpty(rgba, pixel)) return;
    seen[pixel] = 1;
    pixels[count++] = pixel;
  };
  join(start);
  for (let i = 0; i < count; i++) {
    const pixel = pixels[i]!;
    const x = pixel % size;
    if (x > 0) join(pixel - 1);
    if (x < size - 1) join(pixel + 1);
    if (pixel >= size) join(pixel - size);
    if (pixel < size * (size - 1)) join(pixel + size);
    enclosed &&= x > 0 && x < size - 1 && pixel >= size && pixel < size * (size - 1);
  }
  return { pixels: pixels.subarray(0, count), enclosed };
}

/** The colour of a part, each channel 0 … 255; undefined where more than half of it is transparent. */
function meanOf(rgba: Uint8Array, pixels: Int32Array): readonly number[] | undefined {
  const sums = [0, 0, 0, 0];
  for (const pixel of pixels) for (let c = 0; c < 4; c++) sums[c]! += rgba[4 * pixel + c]!;
  const alpha = sums[3]!;
  return alpha < 127.5 * pixels.length ? undefined : sums.slice(0, 3).map((sum) => (255 * sum) / alpha);
}
