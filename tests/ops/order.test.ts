// Sorting by counting against the sort of JavaScript, and its gradient: each element gets what its place gets.
import fc from "fast-check";
import { expect, test } from "vitest";
import { pullback } from "../../compiler/autodiff/pullback.js";
import { Graph } from "../../compiler/ir/graph.js";
import { sortLast } from "../../compiler/ops/order.js";
import { tensorOf } from "../../compiler/reference/tensor.js";
import { int } from "../../compiler/types/dim.js";
import { inputOf, run } from "../harness/numeric.js";

/** The places of the elements of a list in order; equal ones keep theirs. */
const orderOf = (list: readonly number[], isAscending: boolean): number[] =>
  list
    .map((x, i) => ({ x, i }))
    .sort((a, b) => (isAscending ? a.x - b.x : b.x - a.x))
    .map(({ i }) => i);

test("values, places and gradients are those of a stable sort", () => {
  const lists = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(lists, fc.boolean(), fc.nat(8), (list, isAscending, most) => {
      const count = Math.min(list.length, most + 1);
      const graph = new Graph();
      const x = inputOf(graph, "x", { dtype: "f32", shape: [int(list.length)] });
      const seed = inputOf(graph, "seed", { dtype: "f32", shape: [int(count)] });
      const { values, indices } = sortLast(x, int(count), isAscending);
      const [g] = pullback(values, seed, [x]);
      if (!g) throw new Error("no gradient");
      const weights = Array.from({ length: count }, (_, i) => i + 1);
      const tensors = new Map([
        ["x", tensorOf("f32", [list.length], list)],
        ["seed", tensorOf("f32", [count], weights)],
      ]);
      const [sorted, places, gradient] = run(graph, [values, indices, g], tensors);
      const order = orderOf(list, isAscending).slice(0, count);
      expect(Array.from(places?.data ?? [])).toEqual(order);
      expect(Array.from(sorted?.data ?? [])).toEqual(order.map((i) => list[i]));
      const wanted = list.map((_, i) => order.indexOf(i) + 1);
      expect(Array.from(gradient?.data ?? [])).toEqual(wanted);
    }),
    { seed: 20_26, numRuns: 100 },
  );
});
