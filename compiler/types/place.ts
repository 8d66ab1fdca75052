// Arithmetic of places: row-major indices from and to indices along each axis.
import { add, constantOf, floorDiv, int, mul, sub, type Dim } from "./dim.js";

/** The row-major index of an element. */
export function linearize(at: readonly Dim[], shape: readonly Dim[]): Dim {
  let linear = int(0);
  for (const [axis, index] of at.entries()) linear = add(mul(linear, shape[axis] ?? int(1)), index);
  return linear;
}

/** The index along each axis of the element with row-major index `linear`; exact inverse of `linearize` as polynomials. */
export function delinearize(linear: Dim, shape: readonly Dim[]): Dim[] {
  const at: Dim[] = [];
  let rest = linear;
  for (const [k, size] of [...shape.entries()].reverse()) {
    if (constantOf(size) === 1) {
      at.unshift(int(0));
      continue;
    }
    // The outermost axis takes all that is left.
    const quotient = isOutermost(shape, k) ? int(0) : floorDiv(rest, size);
    at.unshift(sub(rest, mul(size, quotient)));
    rest = quotient;
  }
  return at;
}

/** Whether every axis before `k` has one element. */
const isOutermost = (shape: readonly Dim[], k: number): boolean =>
  shape.slice(0, k).every((d) => constantOf(d) === 1);
