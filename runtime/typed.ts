// Types of tensors with their dtype and number of axes, in which the `index.d.ts` of an artifact is written.
import type { ElementType } from "./format.js";
import type { OnDevice } from "./inputs.js";

/** The array that holds elements of a dtype; booleans are bytes of 0 and 1. */
export interface Arrays {
  readonly f32: Float32Array;
  readonly f16: Float32Array;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly bool: Uint8Array;
}

/** A tensor that is handed back: `Shape` has a `number` for each axis. */
export interface Tensor<D extends ElementType, Shape extends readonly number[]> {
  readonly dtype: D;
  readonly shape: Shape;
  readonly data: Arrays[D];
}

/** What may be given for an input: a number where it has no axis, a flat array where it has one, data with its shape, or what lies on the device. */
export type Input<D extends ElementType, Shape extends readonly number[]> =
  | { readonly dtype?: D; readonly shape: Shape; readonly data: Arrays[D] }
  | (OnDevice & { readonly dtype: D })
  | (Shape extends readonly [] ? number : never)
  | (Shape extends readonly [number] ? Arrays[D] : never);
