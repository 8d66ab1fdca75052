// Softmax and its logarithms, shifted by the largest element so that nothing overflows.
import type { Value } from "../ir/op.js";
import { spread, sum } from "./broadcast.js";
import { add, div, stopGradient, sub } from "./elementwise.js";
import { exp, log } from "./math.js";
import { max } from "./reduce.js";

interface Shifted {
  readonly z: Value;
  readonly total: Value;
  readonly peak: Value;
}

/** `x - max(x)` and the sum of its exponentials, along some axes. */
function shifted(x: Value, axes: readonly number[]): Shifted {
  const peak = stopGradient(max(x, { axes }));
  const z = sub(x, spread(peak, x.type.shape, axes));
  return { z, total: sum(exp(z), { axes }), peak };
}

/** Exponentials along an axis, scaled so that they sum to 1. */
export function softmaxOf(x: Value, axis: number): Value {
  const { z, total } = shifted(x, [axis]);
  return div(exp(z), spread(total, x.type.shape, [axis]));
}

/** The logarithm of the softmax along an axis. */
export function logSoftmaxOf(x: Value, axis: number): Value {
  const { z, total } = shifted(x, [axis]);
  return sub(z, spread(log(total), x.type.shape, [axis]));
}

/** The logarithm of the sum of exponentials over axes, which disappear. */
export function logSumExpOf(x: Value, axes: readonly number[]): Value {
  const { total, peak } = shifted(x, axes);
  return add(log(total), peak);
}
