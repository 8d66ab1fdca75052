// Sorting and the largest elements, by counting: the rank of an element is the number of those that go before it.
import type { Value } from "../ir/op.js";
import type { Dim } from "../types/dim.js";
import { placeAxes, spread, sum } from "./broadcast.js";
import { and, eq, gt, lt, or } from "./compare.js";
import { cast, mul } from "./elementwise.js";
import { iotaOf } from "./leaf.js";
import { item } from "./rules.js";

/** Sorted elements, and where each was: both have the shape of the operand but for the sorted axis. */
export interface Sorted {
  readonly values: Value;
  /** `i32`. */
  readonly indices: Value;
}

/**
 * The first `count` elements of the last axis in order, largest first unless `isAscending`; equal ones keep their order.
 * Takes `n * n` comparisons for `n` elements, without storing them; gradients flow to the elements that are taken.
 */
export function sortLast(x: Value, count: Dim, isAscending = false): Sorted {
  const { shape } = x.type;
  const last = shape.length - 1;
  const size = item(shape, last);
  const rank = ranks(x, size, isAscending);
  // Place `r` of the result takes the one element whose rank is `r`: a sum over elements of one that is not zero.
  const wide = [...shape.slice(0, last), count, size];
  const isTaken = eq(spread(rank, wide, [last]), iotaOf(x.graph, wide, last, "i32"));
  const pick = (v: Value): Value =>
    sum(mul(cast(isTaken, { dtype: v.type.dtype }), spread(v, wide, [last])), { axes: [last + 1] });
  return { values: pick(x), indices: pick(iotaOf(x.graph, shape, last, "i32")) };
}

/** The number of elements of the last axis that go before each. */
function ranks(x: Value, size: Dim, isAscending: boolean): Value {
  const { shape } = x.type;
  const last = shape.length - 1;
  const wide = [...shape, size];
  const own = spread(x, wide, [last + 1]);
  const kept = shape.map((_, i) => (i === last ? last + 1 : i));
  const other = placeAxes(x, wide, kept);
  const isBetter = isAscending ? lt(other, own) : gt(other, own);
  const isEarlier = lt(iotaOf(x.graph, wide, last + 1, "i32"), iotaOf(x.graph, wide, last, "i32"));
  const goesBefore = or(isBetter, and(eq(other, own), isEarlier));
  return sum(cast(goesBefore, { dtype: "i32" }), { axes: [last + 1] });
}

/** The `k` largest elements of the last axis, largest first, and where they are. */
export const topK = (x: Value, k: Dim): Sorted => sortLast(x, k);
