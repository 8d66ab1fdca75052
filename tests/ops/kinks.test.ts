// Gradients at points where differences say nothing: ties of extremes, and powers of zero, as PyTorch has them.
import { expect, test } from "vitest";
import { pullback } from "../../compiler/autodiff/pullback.js";
import { Graph } from "../../compiler/ir/graph.js";
import type { Value } from "../../compiler/ir/op.js";
import { fillLike, max, min, pow } from "../../compiler/ops/index.js";
import { tensorOf } from "../../compiler/reference/tensor.js";
import { int } from "../../compiler/types/dim.js";
import { inputOf, run } from "../harness/numeric.js";

/** Gradients of the sum of `of` at these operands, all of one length. */
function gradientsOf(
  of: (operands: readonly Value[]) => Value,
  operands: readonly (readonly number[])[],
): number[][] {
  const graph = new Graph();
  const type = (length: number) => ({ dtype: "f32" as const, shape: [int(length)] });
  const inputs = operands.map((x, i) => inputOf(graph, `x${String(i)}`, type(x.length)));
  const tensors = new Map(
    operands.map((x, i) => [`x${String(i)}`, tensorOf("f32", [x.length], [...x])]),
  );
  const out = of(inputs);
  const pulled = pullback(out, fillLike(out, 1), inputs).filter((g): g is Value => g !== null);
  return run(graph, pulled, tensors).map(({ data }) => [...data]);
}

const first = ([x]: readonly Value[]): Value => {
  if (!x) throw new Error("no operand");
  return x;
};

/** `torch.amax` and `torch.amin` share the gradient evenly among equal extremes. */
test("extremes share the cotangent among ties", () => {
  const ofMax = gradientsOf((x) => max(first(x), { axes: [0] }), [[3, 1, 3, 2, 3, 3]]);
  expect(ofMax).toEqual([[0.25, 0, 0.25, 0, 0.25, 0.25]]);
  const ofMin = gradientsOf((x) => min(first(x), { axes: [0] }), [[1, 1, 3]]);
  expect(ofMin).toEqual([[0.5, 0.5, 0]]);
});

/** Printed by PyTorch: gradients of `a ** b` to both at a = 0. */
test("powers of zero have the slopes of PyTorch", () => {
  const operands = [
    [0, 0, 0, 0],
    [0, 1, 2, 3],
  ];
  const power = ([a, b]: readonly Value[]): Value => {
    if (!a || !b) throw new Error("two operands");
    return pow(a, b);
  };
  expect(gradientsOf(power, operands)).toEqual([
    [0, 1, 0, 0],
    [0, 0, 0, 0],
  ]);
});
