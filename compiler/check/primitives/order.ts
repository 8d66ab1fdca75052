// Primitives that put elements in order.
import type { Value } from "../../ir/op.js";
import { sliceAxis, transpose } from "../../ops/index.js";
import { sortLast, type Sorted } from "../../ops/order.js";
import { int, type Dim } from "../../types/dim.js";
import { tensorOf, type Meaning } from "../meaning.js";
import type { Primitive, PrimitiveCall } from "../primitive.js";

/** The size of an axis. */
const sizeOf = (x: Value, axis: number): Dim => x.type.shape[axis] ?? int(1);

/** Emits both results of a sort, and gives them as a tuple. */
function both(call: PrimitiveCall, sort: () => Sorted): Meaning {
  let sorted: Sorted | undefined;
  const values = call.emit(() => (sorted = sort()).values);
  return { kind: "tuple", items: [values, sorted?.indices ?? values].map(tensorOf) };
}

const topK: Primitive = {
  name: "top_k",
  doc: "The k largest elements of the last axis, largest first, and their places.",
  params: ["x", "k"],
  apply: (call) => {
    const x = call.tensor("x");
    const last = call.axis("axis", x.type, -1);
    const k = call.dim("k");
    // Nobody uses this part of the operand: it demands that there are k elements.
    call.emit(() => sliceAxis(x, last, int(0), k));
    return both(call, () => sortLast(x, k));
  },
};

/** Sorts an axis as a call asks. */
function sorted(call: PrimitiveCall): Sorted {
  const x = call.tensor("x");
  const axis = call.axis("axis", x.type, -1);
  const isAscending = !call.bool("descending", false);
  const last = x.type.shape.length - 1;
  // Exchanging two axes undoes itself.
  const perm = x.type.shape.map((_, i) => (i === axis ? last : i === last ? axis : i));
  const exchange = (v: Value): Value => (axis === last ? v : transpose(v, { perm }));
  const wide = exchange(x);
  const { values, indices } = sortLast(wide, sizeOf(wide, last), isAscending);
  return { values: exchange(values), indices: exchange(indices) };
}

const sort: Primitive = {
  name: "sort",
  doc: "The elements of an axis in order, smallest first, and where they were.",
  params: ["x", "axis?", "descending?"],
  apply: (call) => both(call, () => sorted(call)),
};

const argsort: Primitive = {
  name: "argsort",
  doc: "Where the elements of an axis were before they were sorted; equal ones keep their order.",
  params: ["x", "axis?", "descending?"],
  apply: (call) => call.result(() => sorted(call).indices),
};

/** `top_k`, `sort` and `argsort`. */
export const order: readonly Primitive[] = [topK, sort, argsort];
