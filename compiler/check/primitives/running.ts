// Primitives that run along an axis: sums, products and extremes of all elements up to each.
import { cumsum as sums, running } from "../../ops/build.js";
import type { Value } from "../../ir/op.js";
import type { Primitive } from "../primitive.js";

const along = (name: string, doc: string, build: (x: Value, axis: number) => Value): Primitive => ({
  name,
  doc,
  params: ["x", "axis?"],
  apply: (call) => {
    const x = call.floatTensor("x");
    const axis = call.axis("axis", x.type, -1);
    return call.result(() => build(x, axis));
  },
});

/** `cumsum`, `cumprod`, `cummax` and `cummin`. */
export const cumulative: readonly Primitive[] = [
  along("cumsum", "Running sum along an axis.", sums),
  along("cumprod", "Running product along an axis.", (x, axis) => running(x, axis, "prod")),
  along("cummax", "The largest element so far along an axis.", (x, axis) =>
    running(x, axis, "max"),
  ),
  along("cummin", "The smallest element so far along an axis.", (x, axis) =>
    running(x, axis, "min"),
  ),
];
