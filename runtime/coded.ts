// Numbers as codes of a few bits with scales: from floats to the words that lie on the device, and back.
import { codedLayout, type CodedStorage } from "./format.js";

/** Numbers that are not of any integer type. */
type Floats = ArrayLike<number>;

const f32 = Math.fround;

/** What codes stand for, in the order of codes. */
function levelsOf({ levels, bits }: Pick<CodedStorage, "levels" | "bits">): readonly number[] {
  if (levels !== "integers") return levels;
  const [count, half] = [2 ** bits, 2 ** (bits - 1)];
  return Array.from({ length: count }, (_, code) => (code < half ? code : code - count));
}

/** Finds the level nearest to a number; of two that are equally near, that with the smaller code. */
class Nearest {
  /** Levels from the lowest on, and the code of each. */
  readonly #sorted: readonly { readonly level: number; readonly code: number }[];
  /** The largest magnitude that has its negative too. */
  readonly top: number;

  constructor(levels: readonly number[]) {
    const order = levels.map((level, code) => ({ level, code }));
    order.sort((a, b) => a.level - b.level || a.code - b.code);
    this.top = order.at(-1)?.level ?? 1;
    // Of levels that are equal the first; the lowest of two's complement has no positive counterpart.
    this.#sorted = order.filter(
      ({ level }, i) => level !== order[i - 1]?.level && level >= -this.top,
    );
  }

  /** The code for a number that was scaled into [-top, top], in float32 arithmetic. */
  codeOf(x: number): number {
    const list = this.#sorted;
    let [low, high] = [0, list.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((list[middle]?.level ?? 0) <= x) low = middle;
      else high = middle;
    }
    const [below, above] = [list[low], list[high]];
    if (!below || !above) return 0;
    const down = Math.abs(f32(x - below.level));
    const up = Math.abs(f32(x - above.level));
    const isBelow = down === up ? below.code < above.code : down < up;
    return (isBelow ? below : above).code;
  }
}

/** Codes of numbers in blocks, and the scale of each block: `top` times it is the largest magnitude in the block. */
function quantize(numbers: Floats, block: number, nearest: Nearest) {
  const codes = new Uint8Array(numbers.length);
  const scales = new Float32Array(Math.ceil(numbers.length / block));
  for (let b = 0; b < scales.length; b++) {
    const [from, to] = [b * block, Math.min(numbers.length, (b + 1) * block)];
    let most = 0;
    for (let i = from; i < to; i++) most = Math.max(most, Math.abs(f32(numbers[i] ?? 0)));
    scales[b] = most / nearest.top;
    const inverse = most === 0 ? 0 : f32(1 / (scales[b] ?? 1));
    for (let i = from; i < to; i++) {
      const scaled = f32(f32(numbers[i] ?? 0) * inverse);
      codes[i] = nearest.codeOf(Math.max(-nearest.top, Math.min(nearest.top, scaled)));
    }
  }
  return { codes, scales };
}

/** The mean in double precision, rounded once. */
const meanOf = (x: Float32Array): number =>
  f32(x.reduce((sum, value) => sum + value, 0) / Math.max(1, x.length));

/**
 * The words of a tensor: per block the largest magnitude is the scale, and each number the level nearest to it after scaling, as
 * Dettmers et al. (2023) and bitsandbytes do it. Numbers must be finite.
 */
export function encode(numbers: Floats, storage: CodedStorage): Uint32Array {
  const at = codedLayout(storage, numbers.length);
  const words = new Uint32Array(at.words);
  const bytes = new Uint8Array(words.buffer);
  const floats = new Float32Array(words.buffer);
  const { codes, scales } = quantize(numbers, storage.block, new Nearest(levelsOf(storage)));
  if (storage.bits === 8) bytes.set(codes);
  else
    for (const [i, code] of codes.entries())
      bytes[i >> 1] = (bytes[i >> 1] ?? 0) | (code << (i % 2 === 0 ? 4 : 0));
  if (!storage.scales) {
    floats.set(scales, at.scales);
    return words;
  }
  const { levels, block } = storage.scales;
  const mean = meanOf(scales);
  const centred = quantize(
    scales.map((s) => s - mean),
    block,
    new Nearest(levels),
  );
  bytes.set(centred.codes, 4 * at.scales);
  floats.set(centred.scales, at.groups);
  floats[at.mean] = mean;
  floats.set(levels, at.levels);
  return words;
}

/** The numbers that words stand for, in float32 arithmetic as a kernel does it. */
export function decode(words: Uint32Array, storage: CodedStorage, count: number): Float32Array {
  const at = codedLayout(storage, count);
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  const levels = levelsOf(storage);
  const scales = scalesOf(words, storage, count);
  return Float32Array.from({ length: count }, (_, i) => {
    const byte = bytes[4 * at.codes + (storage.bits === 8 ? i : i >> 1)] ?? 0;
    const code = storage.bits === 8 ? byte : i % 2 === 0 ? byte >> 4 : byte & 15;
    return (levels[code] ?? 0) * (scales[Math.floor(i / storage.block)] ?? 0);
  });
}

/** The scale of each block. */
function scalesOf(words: Uint32Array, storage: CodedStorage, count: number): Float32Array {
  const at = codedLayout(storage, count);
  const floats = new Float32Array(words.buffer, words.byteOffset, words.length);
  const { scales } = storage;
  if (!scales) return floats.slice(at.scales, at.scales + at.blocks);
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  const mean = floats[at.mean] ?? 0;
  return Float32Array.from({ length: at.blocks }, (_, b) => {
    const level = floats[at.levels + (bytes[4 * at.scales + b] ?? 0)] ?? 0;
    return f32(level * (floats[at.groups + Math.floor(b / scales.block)] ?? 0)) + mean;
  });
}

/** How far stored numbers are from what they were. */
export interface CodingError {
  /** Root of the sum of squared differences, relative to the root of the sum of squares. */
  readonly relative: number;
  /** The largest difference. */
  readonly largest: number;
}

/** The error of storing numbers as these words. */
export function codingError(
  numbers: Floats,
  words: Uint32Array,
  storage: CodedStorage,
): CodingError {
  const stored = decode(words, storage, numbers.length);
  let [squares, errors, largest] = [0, 0, 0];
  for (const [i, value] of stored.entries()) {
    const x = numbers[i] ?? 0;
    squares += x * x;
    errors += (value - x) ** 2;
    largest = Math.max(largest, Math.abs(value - x));
  }
  return { relative: squares === 0 ? 0 : Math.sqrt(errors / squares), largest };
}
