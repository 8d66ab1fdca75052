// Bounds of indices and slices.
import { add, int, type Dim } from "../types/dim.js";
import type { Context } from "./context.js";

/** Negative constants, and `-n` of a dim, count from the back. */
export function fromBack(index: Dim, size: Dim): Dim {
  const isNegative = index.terms.length > 0 && index.terms.every((t) => t.coefficient < 0);
  return isNegative ? add(size, index) : index;
}

/** Whether `0 <= start`, `-slack <= length` and `start + length <= size` for all sizes. */
export function isInside(ctx: Context, start: Dim, length: Dim, size: Dim, slack = 0): boolean {
  return (
    ctx.isAtMost(int(0), start) &&
    ctx.isAtMost(int(-slack), length) &&
    ctx.isAtMost(add(start, length), size)
  );
}
