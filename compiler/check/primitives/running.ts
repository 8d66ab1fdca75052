// Primitives that run along an axis: sums, products and extremes of all elements up to each.
import { cumsum as sums, running } from "../../ops/build.js";
import type { Primitive } from "../primitive.js";
import { along } from "./reductions.js";

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
