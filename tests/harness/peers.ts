// The work on which other frameworks were measured: data and first weights come from one integer hash, so that everyone starts from the
// same bits and the losses can be compared. All numbers are f32.
import type { HostTensor } from "../../runtime/weights.js";

/** A mixed 32-bit hash of an index under a seed. */
export function hash(index: number, seed: number): number {
  let h = (Math.imul(index, 0x9e3779b1) + Math.imul(seed, 0x85ebca6b)) >>> 0;
  h ^= h >>> 16;
  h = Math.imul(h, 0x7feb352d) >>> 0;
  h ^= h >>> 15;
  h = Math.imul(h, 0x846ca68b) >>> 0;
  h ^= h >>> 16;
  return h >>> 0;
}

/** `count` numbers, uniform in [-bound, bound). */
export function uniform(count: number, seed: number, bound: number): Float32Array {
  return Float32Array.from(
    { length: count },
    (_, i) => ((hash(i, seed) / 4294967296) * 2 - 1) * bound,
  );
}

/** A float tensor of such numbers. */
export const uniformTensor = (
  shape: readonly number[],
  seed: number,
  bound: number,
): HostTensor => {
  const count = shape.reduce((a, b) => a * b, 1);
  return { dtype: "f32", shape, data: uniform(count, seed, bound) };
};

/** `count` integers in [0, limit). */
export function integers(count: number, seed: number, limit: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => hash(i, seed) % limit);
}

/** A parameter with its first value. */
export interface StartTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Bound of a uniform distribution with standard deviation 0.02. */
const small = 0.02 * Math.sqrt(3);

const drawn = (
  name: string,
  shape: readonly number[],
  seed: number,
  bound: number,
): StartTensor => ({
  name,
  shape,
  data: uniform(
    shape.reduce((a, b) => a * b, 1),
    seed,
    bound,
  ),
});

const filled = (name: string, size: number, value: number): StartTensor => ({
  name,
  shape: [size],
  data: new Float32Array(size).fill(value),
});

/** MLP 784-512-512-10, ReLU, batch 128, cross-entropy, Adam(1e-3, 0.9, 0.999, 1e-8): its losses in the first five steps. */
export const mlp = {
  batch: 128,
  losses: [2.31172, 2.14776, 1.99842, 1.83664, 1.65237],
  x: (): Float32Array => uniform(128 * 784, 21, 1),
  y: (): Int32Array => integers(128, 22, 10),
  parameters(): readonly StartTensor[] {
    const sizes = [
      [784, 512],
      [512, 512],
      [512, 10],
    ] as const;
    return sizes.flatMap(([rows, columns], l) => [
      drawn(`w${String(l)}`, [rows, columns], 100 + 2 * l, 1 / Math.sqrt(rows)),
      drawn(`b${String(l)}`, [columns], 101 + 2 * l, 1 / Math.sqrt(rows)),
    ]);
  },
} as const;

/** GPT of 4 layers, width 128, 4 heads, 64 positions, batch 8, vocabulary 65; AdamW(3e-4, 0.9, 0.95, 1e-8, decay 0.1 on matrices). */
export const gpt = {
  batch: 8,
  length: 64,
  losses: [4.20817, 4.04871, 3.92555],
  ids: (): Int32Array => integers(8 * 64, 41, 65),
  targets: (): Int32Array => integers(8 * 64, 42, 65),
  parameters(): readonly StartTensor[] {
    const layers = [0, 1, 2, 3].flatMap((l) =>
      blockParameters(`h.${String(l)}.`, 300 + 10 * l, 128),
    );
    return [
      drawn("wte", [65, 128], 200, small),
      drawn("wpe", [64, 128], 201, small),
      ...layers,
      filled("gf", 128, 1),
      filled("bf", 128, 0),
      drawn("head", [128, 65], 202, small),
    ];
  },
} as const;

/** The parameters of one block of some width under a prefix; four seeds from `seed` on are used. */
export function blockParameters(
  prefix: string,
  seed: number,
  width: number,
): readonly StartTensor[] {
  return [
    filled(`${prefix}g1`, width, 1),
    filled(`${prefix}b1`, width, 0),
    drawn(`${prefix}wqkv`, [width, 3 * width], seed, small),
    filled(`${prefix}bqkv`, 3 * width, 0),
    drawn(`${prefix}wo`, [width, width], seed + 1, small),
    filled(`${prefix}bo`, width, 0),
    filled(`${prefix}g2`, width, 1),
    filled(`${prefix}b2`, width, 0),
    drawn(`${prefix}wf`, [width, 4 * width], seed + 2, small),
    filled(`${prefix}bf`, 4 * width, 0),
    drawn(`${prefix}wp`, [4 * width, width], seed + 3, small),
    filled(`${prefix}bp`, width, 0),
  ];
}
