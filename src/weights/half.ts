/** IEEE half precision and bfloat16, held as their bits, to and from single precision; rounding is to nearest even. */

/** The single-precision value of each of the 65,536 half-precision patterns. */
let table: Float32Array | undefined;

function halves(): Float32Array {
  if (table) return table;
  table = new Float32Array(0x10000);
  const words = new Uint32Array(table.buffer);
  for (let bits = 0; bits < 0x10000; bits++) {
    const sign = (bits & 0x8000) << 16;
    const exponent = (bits >>> 10) & 0x1f;
    const mantissa = bits & 0x3ff;
    if (exponent === 0) table[bits] = (sign ? -1 : 1) * mantissa * 2 ** -24;
    else words[bits] = sign | ((exponent === 31 ? 255 : exponent + 112) << 23) | (mantissa << 13);
  }
  return table;
}

export function f16ToF32(bits: Uint16Array, into = new Float32Array(bits.length)): Float32Array<ArrayBuffer> {
  const words = new Uint32Array(halves().buffer);
  // Copied as words, because moving a signalling NaN through a float register may change it.
  const out = new Uint32Array(into.buffer, into.byteOffset, bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = words[bits[i]!]!;
  return into;
}

export function f32ToF16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const word = words[i]!;
    const magnitude = word & 0x7fffffff;
    let half: number;
    if (magnitude > 0x7f800000) {
      half = 0x7e00 | ((magnitude >>> 13) & 0x3ff); // NaN, made quiet
    } else if (magnitude >= 0x38800000) {
      // Normal: add just under half a unit of the last place kept, more where that place is odd, and cut.
      half = Math.min(((magnitude + 0xfff + ((magnitude >>> 13) & 1)) >>> 13) - (112 << 10), 0x7c00);
    } else {
      // Subnormal: next to ½ the spacing of single precision is that of half-precision subnormals, 2⁻²⁴.
      half = (Math.fround(Math.abs(values[i]!) + 0.5) - 0.5) * 2 ** 24;
    }
    out[i] = ((word >>> 16) & 0x8000) | half;
  }
  return out;
}

export function bf16ToF32(bits: Uint16Array, into = new Float32Array(bits.length)): Float32Array<ArrayBuffer> {
  const out = new Uint32Array(into.buffer, into.byteOffset, bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = bits[i]! << 16;
  return into;
}

export function f32ToBf16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const word = words[i]!;
    const nan = (word & 0x7fffffff) > 0x7f800000;
    out[i] = nan ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return out;
}
