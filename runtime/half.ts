// IEEE 754 binary16: numbers as the bits of the nearest half, halves as numbers, and two of them in one word.

/** Where float64 has no fractions left: adding it rounds to the nearest whole number, ties to even. */
const whole = 2 ** 52;

/** The bits of the nearest binary16, ties to even. */
export function halfOf(x: number): number {
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const size = Math.abs(x);
  if (Number.isNaN(x)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  // What rounds up to the next power of two carries into the exponent by itself, and so does the leading 1 of what is not tiny.
  const units = size / 2 ** (exponent - 10) + whole - whole;
  return sign | (((exponent + 14) << 10) + units);
}

/** The number that the bits of a binary16 are. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (fraction + (exponent && 1024)) * 2 ** (Math.max(exponent, 1) - 25);
}

/** The nearest number that a binary16 can be, ties to even; infinite from 65520 on. */
export const roundToHalf = (x: number): number => halfToNumber(halfOf(x));

/** Halves in words, the first in the lower half of the first word; a last one that is alone has 0 beside it. */
export function packHalves(data: ArrayLike<number>): Uint32Array {
  const halves = new Uint16Array(2 * Math.ceil(data.length / 2));
  for (let i = 0; i < data.length; i++) halves[i] = halfOf(data[i] ?? 0);
  return new Uint32Array(halves.buffer);
}

/** The first `count` halves of some bytes, as numbers. */
export const unpackHalves = (bytes: ArrayBuffer, count: number): Float32Array =>
  Float32Array.from(new Uint16Array(bytes, 0, count), halfToNumber);
