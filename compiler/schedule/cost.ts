// What it costs to compute an element again instead of storing it.
import type { Value } from "../ir/op.js";
import { scalarBuilder, variable, type ScalarExpr } from "../scalar/expr.js";
import { intrinsic } from "../scalar/intrinsics.js";
import { int } from "../types/dim.js";

/** Work of computing an element again: operations and loads, or `Infinity` where it must not be repeated. */
export interface Cost {
  readonly operations: number;
  readonly isCostly: boolean;
}

/** Operations of one element of a pointwise value. */
export function operationsOf(value: Value): Cost {
  const { lower } = value.op;
  if (lower.kind !== "pointwise") return { operations: 0, isCostly: false };
  const args = value.operands.map((o, i) => variable(`x${String(i)}`, o.type.dtype));
  const at = value.type.shape.map(() => int(0));
  const seen = new Set<ScalarExpr>();
  let isCostly = false;
  let operations = 0;
  const count = (x: ScalarExpr): void => {
    if (seen.has(x) || x.kind !== "call") return;
    seen.add(x);
    operations++;
    if (intrinsic(x.fn).isCostly === true) isCostly = true;
    x.args.forEach(count);
  };
  count(lower.body(scalarBuilder(at, int(0)), args, value.attrs));
  return { operations, isCostly };
}
