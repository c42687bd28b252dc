/**
 * Philox4x32-10, a counter-based random generator: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
 *
 * A number is a function of (seed, stream, index) and of nothing drawn before it, so a picture's noise does not depend
 * on its batch and training resumes without a saved state. Only IEEE-exact operations are used, so that every machine
 * draws the same bits.
 */

const RANGE = 2 ** 32;

/** Which kind of number a block of four words serves; keeps the kinds independent within one stream. */
const NORMAL = 0;
const UNIFORM = 1;
const PERMUTATION = 2;

const high = (value: number): number => Math.floor(value / RANGE) >>> 0;

/** The high word of a 32 × 32 bit product, from 16-bit halves. */
function multiplyHigh(a: number, b: number): number {
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const cross1 = Math.imul(aHigh, bLow);
  const cross2 = Math.imul(aLow, bHigh);
  const carry = (cross1 & 0xffff) + (cross2 & 0xffff) + (Math.imul(aLow, bLow) >>> 16);
  return (Math.imul(aHigh, bHigh) + (cross1 >>> 16) + (cross2 >>> 16) + (carry >>> 16)) | 0;
}

/** Enciphers the counter in `block` (four 32-bit words) in place under a 64-bit key. */
export function philox(block: Uint32Array, keyLow: number, keyHigh: number): void {
  let c0 = block[0]! | 0;
  let c1 = block[1]! | 0;
  let c2 = block[2]! | 0;
  let c3 = block[3]! | 0;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0);
    const low0 = Math.imul(0xd2511f53, c0);
    const high1 = multiplyHigh(0xcd9e8d57, c2);
    const low1 = Math.imul(0xcd9e8d57, c2);
    c0 = high1 ^ c1 ^ keyLow;
    c1 = low1;
    c2 = high0 ^ c3 ^ keyHigh;
    c3 = low0;
    keyLow = (keyLow + 0x9e3779b9) | 0;
    keyHigh = (keyHigh + 0xbb67ae85) | 0;
  }
  block[0] = c0;
  block[1] = c1;
  block[2] = c2;
  block[3] = c3;
}

/** Reads blocks of four words of one kind at any position of a stream. */
function reader(seed: number, stream: number, kind: number): (index: number) => Uint32Array {
  for (const [name, value] of Object.entries({ seed, stream })) {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} ${value} is not a whole number ≥ 0`);
  }
  const [keyLow, keyHigh] = [seed >>> 0, high(seed)];
  const [streamLow, streamHigh] = [stream >>> 0, high(stream)];
  const block = new Uint32Array(4);
  return (index) => {
    block[0] = streamLow;
    block[1] = streamHigh;
    block[2] = index;
    block[3] = kind;
    philox(block, keyLow, keyHigh);
    return block;
  };
}

/** 1/1, 1/3, 1/5 …: atanh's power series in s², after a factor s. */
const ATANH = Float64Array.from({ length: 11 }, (_, k) => 1 / (2 * k + 1));

/** (−1)ᵏ/(2k + first)!: the power series in x² of cosine (first 0) and, after a factor x, of sine (first 1). */
function alternating(first: 0 | 1): Float64Array {
  const series = Float64Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0);
  for (let k = 1; k < series.length; k++) series[k] = -series[k - 1]! / ((2 * k + first) * (2 * k + first - 1));
  return series;
}
const COSINE = alternating(0);
const SINE = alternating(1);

function horner(coefficients: Float64Array, x: number): number {
  let sum = 0;
  for (let k = coefficients.length - 1; k >= 0; k--) sum = sum * x + coefficients[k]!;
  return sum;
}

/** ln((word + ½) / 2³²), through the series of atanh on [√½, √2). */
function logUniform(word: number): number {
  const odd = 2 * word + 1;
  let exponent = word === 0 ? 0 : 32 - Math.clz32(word);
  let mantissa = odd / 2 ** exponent;
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent++;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  return (exponent - 33) * Math.LN2 + 2 * s * horner(ATANH, s * s);
}

/** sin(2π·(word + ½) / 2³²): the nearest quarter turn taken off exactly, Taylor series for the rest. */
function sinTurn(word: number): number {
  const quarters = (word + 0.5) / (RANGE / 4);
  const nearest = Math.round(quarters);
  const angle = (quarters - nearest) * (Math.PI / 2);
  const value = nearest % 2 === 0 ? angle * horner(SINE, angle * angle) : horner(COSINE, angle * angle);
  return nearest === 2 || nearest === 3 ? -value : value;
}

/**
 * Standard normals by Box–Muller in float64, laid out as `torch.randn` draws them on CUDA for small tensors: stream k is
 * the k-th draw after seeding, so a seed starts from the noise that it has in web UIs whose generator is set to "NV".
 */
export function normal(seed: number, stream: number, count: number): Float32Array {
  const read = reader(seed, stream, NORMAL);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const block = read(i);
    values[i] = Math.sqrt(-2 * logUniform(block[0]!)) * sinTurn(block[1]!);
  }
  return values;
}

/** Uniform numbers in [0, 1), multiples of 2⁻²⁴. */
export function uniform(seed: number, stream: number, count: number): Float32Array {
  const read = reader(seed, stream, UNIFORM);
  const values = new Float32Array(count);
  for (let start = 0; start < count; start += 4) {
    const block = read(start / 4);
    for (let i = start; i < Math.min(start + 4, count); i++) values[i] = (block[i - start]! >>> 8) / 2 ** 24;
  }
  return values;
}

/** The numbers 0…count−1 in an order that (seed, epoch) decides: Fisher and Yates, in Durstenfeld's form. */
export function permutation(seed: number, epoch: number, count: number): Uint32Array {
  const read = reader(seed, epoch, PERMUTATION);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let last = count - 1; last > 0; last--) {
    const chosen = Math.floor((read(last)[0]! / RANGE) * (last + 1));
    [order[last], order[chosen]] = [order[chosen]!, order[last]!];
  }
  return order;
}
