// Sums, products and extremes along an axis, in blocks and without, against loops: values, and gradients by their definitions.
import { describe, expect, test } from "vitest";
import { pullback } from "../../compiler/autodiff/pullback.js";
import { Graph } from "../../compiler/ir/graph.js";
import { running, type Combination } from "../../compiler/ops/running.js";
import { tensorOf } from "../../compiler/reference/tensor.js";
import { int } from "../../compiler/types/dim.js";
import { apart } from "../../compiler/ops/samples.js";
import { inputOf, randomFrom, run } from "../harness/numeric.js";

const joins = {
  sum: (a: number, b: number) => a + b,
  prod: (a: number, b: number) => a * b,
  max: Math.max,
  min: Math.min,
} as const satisfies Record<Combination, (a: number, b: number) => number>;

const sizes = [1, 5, 64, 65, 128, 200, 4100];

/** Elements up to each, of every column of `[size, 2]`. */
function upTo(x: readonly number[], how: Combination): number[] {
  const out = [...x];
  for (let i = 2; i < x.length; i++) out[i] = joins[how](out[i - 2] ?? NaN, x[i] ?? NaN);
  return out;
}

/** What each element adds to the sum of `weights` times the results: those at its place and behind it that it takes part in. */
function gradient(x: readonly number[], weights: readonly number[], how: Combination): number[] {
  const results = upTo(x, how);
  const part = (from: number, to: number): number => {
    if (how === "sum") return 1;
    if (how === "prod") return (results[to] ?? NaN) / (x[from] ?? NaN);
    return Number(results[to] === x[from]);
  };
  return x.map((_, from) => {
    let total = 0;
    for (let to = from; to < x.length; to += 2) total += (weights[to] ?? NaN) * part(from, to);
    return total;
  });
}

describe.each(["sum", "prod", "max", "min"] as const)("the running %s", (how) => {
  test.each(sizes)("of %i elements", (size) => {
    const random = randomFrom(size);
    const drawn = how === "prod" ? apart(2 * size).map(() => 0.9 + random() / 5) : apart(2 * size);
    const order = drawn.map((value) => ({ value, key: random() })).sort((a, b) => a.key - b.key);
    const x = order.map(({ value }) => value);
    const weights = x.map(() => random() - 0.5);
    const graph = new Graph();
    const type = { dtype: "f32" as const, shape: [int(size), int(2)] };
    const input = inputOf(graph, "x", type);
    const seed = inputOf(graph, "seed", type);
    const out = running(input, 0, how);
    const [g] = pullback(out, seed, [input]);
    if (!g) throw new Error("no gradient");
    const tensors = new Map([
      ["x", tensorOf("f32", [size, 2], x)],
      ["seed", tensorOf("f32", [size, 2], weights)],
    ]);
    const [found, pulled] = run(graph, [out, g], tensors);
    const values = upTo(x, how);
    found?.data.forEach((y, i) => {
      expect(y).toBeCloseTo(values[i] ?? NaN, 6);
    });
    const wanted = gradient(x, weights, how);
    pulled?.data.forEach((y, i) => {
      expect(Math.abs(y - (wanted[i] ?? NaN))).toBeLessThan(1e-6 * Math.max(1, Math.abs(y)));
    });
  });
});

test("running sums of integers wrap", () => {
  const graph = new Graph();
  const many = 100;
  const x = inputOf(graph, "x", { dtype: "i32", shape: [int(many)] });
  const values = Array.from({ length: many }, (_, i) => (i % 2 === 0 ? 2147483647 : 123456789));
  const [sums] = run(
    graph,
    [running(x, 0, "sum")],
    new Map([["x", tensorOf("i32", [many], values)]]),
  );
  let total = 0;
  const wanted = values.map((v) => (total = (total + v) | 0));
  expect(Array.from(sums?.data ?? [])).toEqual(wanted);
});
