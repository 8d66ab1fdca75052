// Reductions composed of others: variance, standard deviation, norms, and whether a condition holds anywhere or everywhere.
import type { Value } from "../../ir/op.js";
import { dimLike, mean } from "../../ops/build.js";
import * as ops from "../../ops/index.js";
import { dtypeFaults } from "../../diagnostics/index.js";
import { int, max as larger, mul, sub, type Dim } from "../../types/dim.js";
import type { Meaning } from "../meaning.js";
import type { Primitive, PrimitiveCall } from "../primitive.js";
import { over, reduction } from "./reductions.js";

/** The sum of squared distances to the mean over axes, divided by their number less `correction`, at least by 1. */
function varianceOf(x: Value, axes: readonly number[], correction: Dim): Value {
  if (axes.length === 0) return ops.fillLike(x, 0);
  const centred = ops.sub(x, ops.spread(mean(x, axes), x.type.shape, axes));
  const total = ops.sum(ops.mul(centred, centred), { axes });
  const many = mul(...axes.map((axis) => x.type.shape[axis] ?? int(1)));
  return ops.div(total, dimLike(total, larger(sub(many, correction), int(1))));
}

/** The root of what is not negative; at 0 its gradient is 0. */
function rootOf(x: Value): Value {
  const zero = ops.fillLike(x, 0);
  const isPositive = ops.gt(x, zero);
  const safe = ops.select(isPositive, x, ops.fillLike(x, 1));
  return ops.select(isPositive, ops.sqrt(safe), zero);
}

const deviation = (
  name: string,
  doc: string,
  finish: (variance: Value) => Value = (v) => v,
): Primitive => ({
  name,
  doc,
  params: ["x", "axis?", "keep?", "correction?"],
  takesSizes: true,
  apply: (call) => {
    const correction = call.dim("correction", int(1));
    return reduction(call, (x, axes) => finish(varianceOf(x, axes, correction)), true);
  },
});

/** The p-norm over axes: the root of the sum of powers. Its gradient at zero is 0. */
function normOf(x: Value, axes: readonly number[], p: number): Value {
  const total = (v: Value): Value => over(ops.sum)(v, axes);
  if (p === 1) return total(ops.abs(x));
  if (p === 2) return rootOf(total(ops.mul(x, x)));
  const powers = total(ops.pow(ops.abs(x), ops.fillLike(x, p)));
  const zero = ops.fillLike(powers, 0);
  const isPositive = ops.gt(powers, zero);
  const safe = ops.select(isPositive, powers, ops.fillLike(powers, 1));
  return ops.select(isPositive, ops.pow(safe, ops.fillLike(safe, 1 / p)), zero);
}

const norm: Primitive = {
  name: "norm",
  doc: "The p-norm over axes: (sum of |x| ** p) ** (1 / p); 2 unless told otherwise.",
  params: ["x", "p?", "axis?", "keep?"],
  takesSizes: true,
  apply: (call) => {
    const p = call.float("p", 2);
    return reduction(call, (x, axes) => normOf(x, axes, p), true);
  },
};

/** Whether a condition holds at all places of some axes, or at any. */
export function holds(condition: Value, axes: readonly number[], where: "all" | "any"): Value {
  const numbers = ops.cast(condition, { dtype: "i32" });
  const found = over(where === "all" ? ops.min : ops.max)(numbers, axes);
  return ops.ne(found, ops.fillLike(found, 0));
}

const quantifier = (where: "all" | "any", doc: string): Primitive => ({
  name: where,
  doc,
  params: ["x", "axis?", "keep?"],
  takesSizes: true,
  apply: (call): Meaning => {
    const x = call.meaning("x");
    if (x.kind === "bool") return x;
    refuseNumbers(call, call.tensor("x", "bool"));
    return reduction(call, (value, axes) => holds(value, axes, where));
  },
});

function refuseNumbers(call: PrimitiveCall, x: Value): void {
  if (x.type.dtype === "bool") return;
  call.refuse(dtypeFaults.condition({ at: call.spanOf("x"), given: call.named(x) }));
}

/** `variance`, `std`, `norm`, `all` and `any`. */
export const statistics: readonly Primitive[] = [
  deviation(
    "variance",
    "Mean squared distance to the mean over axes; the sum is divided by the number of elements less `correction`, which is 1 unless told otherwise.",
  ),
  deviation("std", "Standard deviation over axes: the root of the `variance`.", rootOf),
  norm,
  quantifier("all", "Whether a condition holds for every element, of all axes or of some."),
  quantifier("any", "Whether a condition holds for some element, of all axes or of some."),
];
