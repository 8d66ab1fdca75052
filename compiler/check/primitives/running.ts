// Primitives that run along an axis: sums, products and extremes of all elements up to each.
import { running, type Combination } from "../../ops/running.js";
import type { Primitive } from "../primitive.js";
import { along } from "./reductions.js";

const cumulation = (name: string, doc: string, how: Combination): Primitive =>
  along(name, doc, (x, axis) => running(x, axis, how), false);

/** `cumsum`, `cumprod`, `cummax` and `cummin`. */
export const cumulative: readonly Primitive[] = [
  cumulation("cumsum", "Running sum along an axis.", "sum"),
  cumulation("cumprod", "Running product along an axis.", "prod"),
  cumulation("cummax", "The largest element so far along an axis.", "max"),
  cumulation("cummin", "The smallest element so far along an axis.", "min"),
];
