// Random numbers for models: sizes that no tile divides, tensors, choices; the same for the same seed.
import { randomFrom } from "../../../harness/numeric.js";
import type { Tensor } from "../model.js";
import { product } from "../writer.js";

/** Sizes of axes: 1, odd, prime, and around powers of two. */
const sizes = [1, 2, 3, 4, 5, 7, 8, 9, 13] as const;

/** Draws what a model is made of. */
export interface Draw {
  /** A whole number between two, both included. */
  int(low: number, high: number): number;
  /** The size of an axis. */
  size(): number;
  /** One of several. */
  pick<T>(choices: readonly [T, ...T[]]): T;
  /** As many numbers as asked for. */
  many(count: number, one: () => number): readonly number[];
  /** Floats between two bounds. */
  floats(shape: readonly number[], low?: number, high?: number): Tensor;
  /** Whole numbers from 0 below a bound. */
  indices(shape: readonly number[], below: number): Tensor;
  /** The numbers from 0 below `count` in any order. */
  shuffled(count: number): readonly number[];
}

/** A source of numbers for a seed. */
export function drawFrom(seed: number): Draw {
  const random = randomFrom(seed);
  const int = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
  const many = (count: number, one: () => number): readonly number[] =>
    Array.from({ length: count }, one);
  const shuffled = (count: number): readonly number[] =>
    Array.from({ length: count }, (_, i) => ({ i, key: random() }))
      .sort((a, b) => a.key - b.key)
      .map(({ i }) => i);
  return {
    int,
    many,
    shuffled,
    size: () => sizes[int(0, sizes.length - 1)] ?? 1,
    pick: (choices) => choices[int(0, choices.length - 1)] ?? choices[0],
    floats: (shape, low = -2, high = 2) => ({
      dtype: "f32",
      shape,
      data: many(product(shape), () => Math.fround(low + (high - low) * random())),
    }),
    indices: (shape, below) => ({
      dtype: "i32",
      shape,
      data: many(product(shape), () => int(0, below - 1)),
    }),
  };
}
