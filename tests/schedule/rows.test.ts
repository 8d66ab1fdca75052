// How many times a kernel goes over a row: sums that use an extreme or a mean are taken while that is still being found.
import { expect, test } from "vitest";
import { Graph } from "../../compiler/ir/graph.js";
import type { Value } from "../../compiler/ir/op.js";
import { mean } from "../../compiler/ops/build.js";
import * as o from "../../compiler/ops/index.js";
import { planRows, schedule } from "../../compiler/schedule/index.js";
import { dim, int, type Dim } from "../../compiler/types/dim.js";
import { programOf } from "../harness/kernels.js";

/** Rules and passes of the one rows kernel that computes what `build` gives. */
function planned(build: (x: Value) => Value, columns: Dim = int(12)): string {
  const graph = new Graph();
  const x = o.leafOf(graph, { name: "x", role: "input", dtype: "f32", shape: [int(5), columns] });
  const scheduled = schedule(programOf(graph, [build(x)]), 8);
  const { order } = scheduled;
  expect(order.map(({ group }) => group.kind)).toEqual(["rows"]);
  const group = order[0]?.group;
  if (!group) throw new Error("no kernel");
  const { reductions, passes } = planRows(group, (v) => scheduled.isRead(v, group));
  return [...reductions.map((r) => r.follows?.kind ?? "own"), passes].join(" ");
}

const along = (row: Value, like: Value): Value => o.spread(row, like.type.shape, [1]);
const peak = (x: Value): Value => o.max(x, { axes: [1] });
const total = (x: Value): Value => o.sum(x, { axes: [1] });
const times = (x: Value, factor: number): Value => {
  const number = o.constantOf(x.graph, factor, "f32");
  return o.mul(x, o.broadcast(number, { shape: x.type.shape, axes: [] }));
};
/** One over the number of columns, for each row. */
const twelfth = (x: Value): Value =>
  o.broadcast(o.constantOf(x.graph, 1 / 12, "f32"), { shape: [int(5)], axes: [] });
const shifted = (x: Value): Value => o.sub(x, along(peak(x), x));
const centred = (x: Value): Value => o.sub(x, along(mean(x, [1]), x));
const square = (x: Value): Value => o.mul(x, x);

test.each<[string, (x: Value) => Value, string]>([
  ["exponentials below the largest", (x) => total(o.exp(shifted(x))), "own scaled 1"],
  ["the same, weighted", (x) => total(o.mul(o.sin(x), o.exp(shifted(x)))), "own scaled 1"],
  ["a multiple of the distance", (x) => total(o.exp(times(shifted(x), 0.5))), "own scaled 1"],
  ["products of exponentials", (x) => total(square(o.exp(shifted(x)))), "own scaled 1"],
  [
    "exponentials above the smallest",
    (x) => total(o.exp(o.sub(along(o.min(x, { axes: [1] }), x), x))),
    "own scaled 1",
  ],
  [
    "masked after the exponential",
    (x) => {
      const e = o.exp(shifted(x));
      return total(o.select(o.gt(x, times(x, 0.5)), e, times(e, 0)));
    },
    "own scaled 1",
  ],
  ["squares of distances to the mean", (x) => total(square(centred(x))), "own centred 1"],
  [
    "the same, turned round and with the mean as a share of the sum",
    (x) => total(square(o.sub(along(o.mul(total(x), twelfth(x)), x), x))),
    "own centred 1",
  ],
  [
    "a softmax",
    (x) => {
      const e = o.exp(shifted(x));
      return o.div(e, along(total(e), x));
    },
    "own scaled 2",
  ],
])("%s: one pass for both reductions", (_, build, wanted) => {
  expect(planned(build)).toBe(wanted);
});

test.each<[string, (x: Value) => Value]>([
  ["a factor that grows with the largest", (x) => total(o.exp(o.neg(shifted(x))))],
  ["distances to the largest", (x) => total(shifted(x))],
  ["squares of distances to the largest", (x) => total(square(shifted(x)))],
  ["squares of distances to the sum", (x) => total(square(o.sub(x, along(total(x), x))))],
  [
    "distances to the mean of something else",
    (x) => {
      const other = o.sin(x);
      return total(square(o.sub(x, along(mean(other, [1]), x))));
    },
  ],
  ["fourth powers of distances to the mean", (x) => total(square(square(centred(x))))],
  ["an extreme of distances", (x) => o.max(square(centred(x)), { axes: [1] })],
  [
    "exponentials and distances together",
    (x) => {
      const z = shifted(x);
      return total(o.add(o.exp(z), z));
    },
  ],
])("%s: a pass for each", (_, build) => {
  expect(planned(build)).toBe("own own 2");
});

test("rows of a length that is not known yet follow the same rules", () => {
  const columns = dim("N");
  expect(planned((x) => total(o.exp(shifted(x))), columns)).toBe("own scaled 1");
  expect(planned((x) => total(square(centred(x))), columns)).toBe("own centred 1");
});
