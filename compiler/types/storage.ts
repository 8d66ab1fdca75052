// The formats that parameters can be stored in: for each its code, and what its arguments may be.
import type { CodedStorage } from "../../runtime/format.js";

/** Arguments of a format: numbers that share a scale, and whether the scales are coded too. */
export interface FormatArgs {
  readonly block: number;
  readonly double: boolean;
}

/** A format, before its arguments are known. */
export interface StorageFormat {
  readonly doc: string;
  readonly bits: CodedStorage["bits"];
  readonly levels: CodedStorage["levels"];
  readonly defaults: FormatArgs;
}

/** Quantiles of a normal distribution, scaled to [-1, 1], with an exact 0 (Dettmers et al. 2023, appendix E). */
const normalFloat = [
  -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
  -0.18477343022823334, -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725,
  0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
  0.7229568362236023, 1,
];

/** Sign, two bits of exponent, one of fraction, as bitsandbytes orders them; the largest is 12. */
const smallFloat = [0, 0.0625, 8, 12, 4, 6, 2, 3, 0, -0.0625, -8, -12, -4, -6, -2, -3].map((x) =>
  Math.fround(x / 12),
);

/**
 * The dynamic map of 8 bits: a sign, an exponent that takes as many bits as it counts, and a fraction in what is left
 * (Dettmers 2015, "8-Bit Approximations for Parallelism in Deep Learning"). In double precision, rounded once to float32;
 * sums in float32 would depend on the machine in their last bit.
 */
function dynamicMap(): number[] {
  const positive = Array.from({ length: 7 }, (_, exponent) => {
    const items = 2 ** exponent;
    const bound = (k: number): number => (k === items ? 1 : 0.1 + k * (0.9 / items));
    return Array.from({ length: items }, (_unused, k) =>
      Math.fround(10 ** (exponent - 6) * ((bound(k) + bound(k + 1)) / 2)),
    );
  }).flat();
  return [...positive.map((x) => -x), 0, ...positive, 1].sort((a, b) => a - b);
}

const defaults: FormatArgs = { block: 64, double: false };

/** The formats by name. */
export const storageFormats: Readonly<Record<string, StorageFormat>> = {
  nf4: { doc: "16 quantiles of a normal distribution", bits: 4, levels: normalFloat, defaults },
  fp4: { doc: "floats of 4 bits", bits: 4, levels: smallFloat, defaults },
  int4: { doc: "whole numbers from -7 to 7", bits: 4, levels: "integers", defaults },
  int8: { doc: "whole numbers from -127 to 127", bits: 8, levels: "integers", defaults },
};

/** Blocks are powers of two within these bounds. */
export const blockBounds = { least: 16, most: 65536 } as const;

/** Whether scales can be shared by so many numbers. */
export const isBlock = (n: number): boolean =>
  n >= blockBounds.least && n <= blockBounds.most && Number.isInteger(Math.log2(n));

/** Scales that one scale of scales is for, as published with QLoRA. */
const scalesPerGroup = 256;

/** The storage that a format with its arguments is. */
export function storageOf(name: string, { block, double }: FormatArgs): CodedStorage | undefined {
  const format = Object.hasOwn(storageFormats, name) ? storageFormats[name] : undefined;
  if (!format) return undefined;
  const { bits, levels } = format;
  const scales = { block: scalesPerGroup, levels: dynamicMap() };
  return { format: name, bits, levels, block, ...(double ? { scales } : {}) };
}
