// Types of constant shape, short to write, for the samples of records.
import { int } from "../types/dim.js";
import type { Dtype } from "../types/dtype.js";
import type { TensorType } from "../types/tensor.js";

const of =
  (dtype: Dtype) =>
  (...sizes: readonly number[]): TensorType => ({ dtype, shape: sizes.map(int) });

/** `f32(2, 3)` is the type `f32[2, 3]`. */
export const f32 = of("f32");
/** `i32(2, 3)` is the type `i32[2, 3]`. */
export const i32 = of("i32");
/** `u32(2, 3)` is the type `u32[2, 3]`. */
export const u32 = of("u32");
/** `bool(2, 3)` is the type `bool[2, 3]`. */
export const bool = of("bool");

/** Numbers far from each other, in a mixed order: for functions that have a kink where two are equal. */
export const apart = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => ((i * 11) % count) / 10 - count / 20);
