// Lengths of vectors along an axis: `normalize`, and the cosine of the angle between two.
import type { Value } from "../../ir/op.js";
import { keepAxes } from "../../ops/build.js";
import * as ops from "../../ops/index.js";
import type { Primitive } from "../primitive.js";

/** Vectors along an axis scaled to length 1; one that is shorter than `eps` is divided by `eps`. */
function unitOf(x: Value, axis: number, eps: number): Value {
  const { shape } = x.type;
  const along = (v: Value): Value => ops.spread(v, shape, [axis]);
  // Squares of very large and very small numbers leave the range of f32: divided by the largest, none does.
  const peak = ops.max(ops.abs(x), { axes: [axis] });
  const size = ops.stopGradient(ops.maximum(peak, ops.fillLike(peak, eps)));
  const near = ops.div(x, along(size));
  const squares = ops.sum(ops.mul(near, near), { axes: [axis] });
  const least = ops.div(ops.fillLike(size, eps), size);
  return ops.mul(near, along(ops.rsqrt(ops.maximum(squares, ops.mul(least, least)))));
}

const normalize: Primitive = {
  name: "normalize",
  doc: "Scales vectors along an axis, the last unless told otherwise, to length 1; shorter than `eps` counts as `eps`, so that zero stays zero and has a finite gradient.",
  params: ["x", "axis?", "eps?"],
  apply: (call) => {
    const x = call.floatTensor("x");
    const axis = call.axis("axis", x.type, -1);
    const eps = call.float("eps", 1e-12);
    return call.result(() => unitOf(x, axis, eps));
  },
};

const cosineSimilarity: Primitive = {
  name: "cosine_similarity",
  doc: "Cosine of the angle between vectors along an axis, the last unless told otherwise.",
  params: ["a", "b", "axis?", "eps?", "keep?"],
  apply: (call) => {
    const [a, b] = call.aligned(call.floatTensor("a"), call.floatTensor("b"));
    const axis = call.axis("axis", a.type, -1);
    const eps = call.float("eps", 1e-8);
    const keep = call.bool("keep", false);
    return call.result(() => {
      const product = ops.mul(unitOf(a, axis, eps), unitOf(b, axis, eps));
      return keepAxes(ops.sum(product, { axes: [axis] }), [axis], keep);
    });
  },
};

/** `normalize` and `cosine_similarity`. */
export const lengths: readonly Primitive[] = [normalize, cosineSimilarity];
