// Tensors in plain arrays: floats in double precision.
import { roundToHalf } from "../../runtime/half.js";
import type { Dtype } from "../types/dtype.js";

/** The elements of a tensor, row-major; booleans are 0 and 1. */
export type Data = Float64Array | Int32Array | Uint32Array | Uint8Array;

/** A tensor with its numbers. Floats of every width are held in double precision. */
export interface Tensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: Data;
}

const stores = {
  f32: Float64Array,
  f16: Float64Array,
  i32: Int32Array,
  u32: Uint32Array,
  bool: Uint8Array,
} as const satisfies Record<Dtype, new (length: number) => Data>;

/** A tensor of zeros. */
export const zeros = (dtype: Dtype, shape: readonly number[]): Tensor => ({
  dtype,
  shape,
  data: new stores[dtype](count(shape)),
});

/** A tensor of given numbers, row-major. */
export function tensorOf(
  dtype: Dtype,
  shape: readonly number[],
  numbers: ArrayLike<number>,
): Tensor {
  const made = zeros(dtype, shape);
  if (made.data.length !== numbers.length) {
    throw new RangeError(`${String(numbers.length)} numbers for shape [${shape.join(", ")}]`);
  }
  made.data.set(numbers);
  return made;
}

/** The tensor as memory holds it: halves are rounded where they come and go, and computed with in double precision in between. */
export const stored = (tensor: Tensor): Tensor =>
  tensor.dtype === "f16"
    ? { ...tensor, data: Float64Array.from(tensor.data, roundToHalf) }
    : tensor;

/** Number of elements of a shape. */
export const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Row-major strides of a shape, in elements. */
export function strides(shape: readonly number[]): number[] {
  const result = shape.map(() => 1);
  for (let i = shape.length - 2; i >= 0; i--) result[i] = get(result, i + 1) * get(shape, i + 1);
  return result;
}

/** An element that is known to be there; inner loops cannot afford a test. */
export const get = (list: ArrayLike<number>, index: number): number => list[index] as number;
