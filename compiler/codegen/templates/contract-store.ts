// Stores the register tile of an invocation, with whatever follows from each result.
import type { ScalarExpr } from "../../scalar/expr.js";
import { add, floorDiv, int, min, scale, sub, type Dim } from "../../types/dim.js";
import type { Dtype } from "../../types/dtype.js";
import type { KernelBuilder } from "../builder.js";
import type { ContractSpace } from "./contract-space.js";
import type { Frame } from "./contract-split.js";
import { isExact } from "./ladder.js";

/** Totals of an invocation by row and column: rows follow each other from `top`, columns from `left` in steps of `stride`. */
export interface Tile {
  readonly top: Dim;
  readonly left: Dim;
  readonly stride: number;
  readonly dtype: Dtype;
  readonly totals: readonly (readonly ScalarExpr[])[];
}

/**
 * Stores what follows from each total, row by row in a loop that ends at the edge of the result. Neighbouring columns are
 * stored together where the width of the result lets them. Loops run from place to place, not up to a number that shows how
 * short they are: drivers that see it unroll them, which takes some of them seconds.
 */
export function storeTile(
  { body }: KernelBuilder,
  space: ContractSpace,
  { batch, store }: Frame,
  { top, left, stride, dtype, totals }: Tile,
): void {
  const rows = totals.length;
  const columns = totals[0]?.length ?? 0;
  const fits = (n: number): boolean => columns % n === 0 && isExact(space.n, n);
  const together = stride > 1 ? 1 : ([4, 2].find(fits) ?? 1);
  const array = body.array(dtype, rows * columns);
  for (const [at, total] of totals.flat().entries()) body.put(array, int(at), total);
  const storeFrom = (row: Dim, first: Dim): void => {
    const own = Array.from({ length: together }, (_, at) => {
      const column = floorDiv(sub(first, left), int(stride));
      const place = add(scale(sub(row, top), columns), column, int(at));
      const total = body.take(array, place, dtype);
      return { at: space.outAt(batch, row, add(first, int(at))), total };
    });
    store(own);
  };
  const end = (from: Dim, count: number, size: Dim): Dim =>
    body.index("end", min(add(from, int(count)), size), add(size, int(1)));
  const [bottom, right] = [end(top, rows, space.m), end(left, columns * stride, space.n)];
  const eachRow = (first: Dim): void => {
    body.loop("row", top, bottom, int(1), (row) => storeFrom(row, first), space.m);
  };
  body.when([body.less(batch, space.batch)], () => {
    // One run of neighbours needs no loop of its own.
    if (together === columns) body.when([body.less(left, space.n)], () => eachRow(left));
    else body.loop("column", left, right, int(together * stride), eachRow, space.n);
  });
}
