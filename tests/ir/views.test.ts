// Passes over views keep their values: transposes of transposes, and padding of constants by other ones.
import { expect, test } from "vitest";
import { Graph } from "../../compiler/ir/graph.js";
import type { Value } from "../../compiler/ir/op.js";
import { fillLike, pad, transpose } from "../../compiler/ops/index.js";
import { optimize } from "../../compiler/passes/index.js";
import { tensorOf } from "../../compiler/reference/tensor.js";
import { int } from "../../compiler/types/dim.js";
import { inputOf, run } from "../harness/numeric.js";

/** The value as it is and after all passes. */
function bothOf(make: (x: Value) => Value): readonly [before: unknown, after: unknown] {
  const graph = new Graph();
  const shape = [2, 3, 4];
  const data = Array.from({ length: 24 }, (_, i) => i);
  const tensors = new Map([["x", tensorOf("f32", shape, data)]]);
  const value = make(inputOf(graph, "x", { dtype: "f32", shape: shape.map(int) }));
  const program = { graph, outputs: [{ name: "y", role: "result" as const, value }] };
  const optimized = optimize(program);
  return [
    run(graph, [value], tensors),
    run(
      optimized.graph,
      optimized.outputs.map((o) => o.value),
      tensors,
    ),
  ];
}

const perms = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

test.each(perms.flatMap((a) => perms.map((b) => [a, b] as const)))(
  "a transpose by %j and one by %j",
  (a, b) => {
    const [before, after] = bothOf((x) => transpose(transpose(x, { perm: a }), { perm: b }));
    expect(after).toEqual(before);
  },
);

test.each([
  [3, 0],
  [0, 2],
  [5, 5],
])("%d padded with %d", (inside, outside) => {
  const [low, high] = [[1, 0, 2].map((n) => int(n)), [0, 1, 0].map((n) => int(n))];
  const [before, after] = bothOf((x) =>
    pad(fillLike(x, inside), { low, high, interior: [0, 0, 0], value: outside }),
  );
  expect(after).toEqual(before);
});
