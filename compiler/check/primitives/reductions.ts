// Reductions over axes or by a pattern, and what is composed of them: means, softmax, places of extremes.
import type { Value } from "../../ir/op.js";
import { argmax, argmin, keepAxes, mean } from "../../ops/build.js";
import * as ops from "../../ops/index.js";
import { logSoftmaxOf, logSumExpOf, softmaxOf } from "../../ops/softmax.js";
import { isFloat } from "../../types/dtype.js";
import { dtypeFaults, names } from "../../diagnostics/index.js";
import type { Meaning } from "../meaning.js";
import { reduceByPattern } from "../patterns.js";
import type { Primitive, PrimitiveCall } from "../primitive.js";

/** Reduces over axes, which disappear. */
export type Reduce = (x: Value, axes: readonly number[]) => Value;

/** The same over no axes as nothing. */
export const over =
  (emit: (x: Value, attrs: { readonly axes: readonly number[] }) => Value): Reduce =>
  (x, axes) =>
    axes.length === 0 ? x : emit(x, { axes });

/** `f(x)`, `f(x, axis = …, keep = …)` or `f(x, [b t d -> b d])`. */
export function reduction(call: PrimitiveCall, reduce: Reduce, needsFloat = false): Meaning {
  const x = call.tensor("x");
  if (needsFloat && !isFloat(x.type.dtype)) {
    call.refuse(dtypeFaults.notFloat({ at: call.spanOf("x"), callee: call.name, actual: x.type }));
  }
  const pattern = ["axis", "y"].find((p) => call.has(p) && call.meaning(p).kind === "pattern");
  if (pattern) {
    // What the arrow leaves out is gone: there is no axis to name, and nothing to keep.
    const extra = ["axis", "keep"].find((p) => p !== pattern && call.has(p));
    if (extra !== undefined) {
      const callee = `${call.name}(x, [… -> …])`;
      call.refuse(names.tooManyArguments({ callee, at: call.spanOf(extra), allowed: 2, given: 3 }));
    }
    return reduceByPattern(call, x, call.meaning(pattern), reduce);
  }
  const axes = call.axes("axis", x.type);
  const keep = call.bool("keep", false);
  return call.result(() => {
    return keepAxes(reduce(x, axes), axes, keep);
  });
}

const reducer = (name: string, doc: string, reduce: Reduce, needsFloat = false): Primitive => ({
  name,
  doc,
  params: ["x", "axis?", "keep?"],
  takesSizes: true,
  apply: (call) => reduction(call, reduce, needsFloat),
});

const argument = (name: "argmax" | "argmin"): Primitive => ({
  name,
  doc: `Place of the ${name === "argmax" ? "largest" : "smallest"} element along an axis; the first where several are.`,
  params: ["x", "axis?", "keep?"],
  apply: (call) => {
    const x = call.tensor("x");
    const axis = call.axis("axis", x.type, -1);
    const keep = call.bool("keep", false);
    return call.result(() => {
      return keepAxes((name === "argmax" ? argmax : argmin)(x, axis), [axis], keep);
    });
  },
});

/** A primitive that keeps the shape of its tensor and works along one axis, the last unless said otherwise. */
export const along = (
  name: string,
  doc: string,
  build: (x: Value, axis: number) => Value,
  isOfFloats = true,
): Primitive => ({
  name,
  doc,
  params: ["x", "axis?"],
  apply: (call) => {
    const x = isOfFloats ? call.floatTensor("x") : call.tensor("x");
    const axis = call.axis("axis", x.type, -1);
    return call.result(() => build(x, axis));
  },
});

const logsumexp: Primitive = {
  name: "logsumexp",
  doc: "Logarithm of the sum of exponentials along axes, without overflow.",
  params: ["x", "axis?", "keep?"],
  apply: (call) => reduction(call, logSumExpOf, true),
};

export const smallest = (call: PrimitiveCall): Meaning => reduction(call, over(ops.min));
export const largest = (call: PrimitiveCall): Meaning => reduction(call, over(ops.max));

export const reductions: readonly Primitive[] = [
  reducer("sum", ops.sum.op.doc, over(ops.sum)),
  reducer("mean", "Mean over axes, which disappear.", mean, true),
  reducer("prod", ops.prod.op.doc, over(ops.prod)),
  argument("argmax"),
  argument("argmin"),
  along("softmax", "Exponentials along an axis, scaled so that they sum to 1.", softmaxOf),
  along("log_softmax", "Logarithm of the softmax along an axis.", logSoftmaxOf),
  logsumexp,
];
