// IEEE 754 binary16: numbers as the bits of the nearest half, halves as numbers, and two of them in one word.

/** The bits of the nearest binary16, ties to even. */
export function halfOf(x: number): number {
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const size = Math.abs(x);
  if (Number.isNaN(x)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.max(size, 2 ** -24))));
  const units = evenly(size / 2 ** (exponent - 10));
  // What rounds up to the next power of two carries into the exponent by itself.
  return sign | (exponent === -14 ? units : ((exponent + 15) << 10) + (units - 1024));
}

/** The number that the bits of a binary16 are. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
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

/** The nearest whole number, the even one of two. */
function evenly(x: number): number {
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}
