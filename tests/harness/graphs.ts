// Random graphs of smooth operations over a few shapes, one of them with a symbolic size.
import fc from "fast-check";
import { Graph } from "../../compiler/ir/graph.js";
import type { Value } from "../../compiler/ir/op.js";
import type { Program } from "../../compiler/ir/program.js";
import { alignedPair, expandDims, matmul, mean } from "../../compiler/ops/build.js";
import { running } from "../../compiler/ops/running.js";
import * as ops from "../../compiler/ops/index.js";
import { evaluateAll } from "../../compiler/reference/evaluate.js";
import type { Tensor } from "../../compiler/reference/tensor.js";
import { freshSym, int, numel, symbol } from "../../compiler/types/dim.js";
import { inputOf, randomFrom, randomTensor } from "./numeric.js";

/** Choices that make a graph: each picks an operation and what it works on. */
export interface Recipe {
  readonly seed: number;
  readonly steps: readonly (readonly [operation: number, first: number, second: number])[];
}

/** Recipes of about twenty operations. */
export const recipes: fc.Arbitrary<Recipe> = fc.record({
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  steps: fc.array(fc.tuple(fc.nat(999), fc.nat(999), fc.nat(999)), { minLength: 4, maxLength: 24 }),
});

/** A program with one scalar result `loss`, its inputs, and tensors for them. */
export interface RandomProgram {
  readonly program: Program;
  readonly inputs: readonly Value[];
  readonly loss: Value;
  run(values: readonly Value[], tensors?: ReadonlyMap<string, Tensor>): Tensor[];
  readonly tensors: ReadonlyMap<string, Tensor>;
  evaluate(program: Program): Tensor[];
}

type Rule = (x: Value, y: Value) => Value;

const half = (x: Value): Value => ops.mul(x, ops.fillLike(x, 0.5));
const together =
  (f: (a: Value, b: Value) => Value): Rule =>
  (x, y) => {
    // Values of other ranks or sizes meet as scalars.
    const axes = y.type.shape.map((_, i) => i);
    const isSame =
      x.type.shape.length === y.type.shape.length &&
      x.type.shape.every((d, i) => d.key === y.type.shape[i]?.key);
    return f(...alignedPair(x, isSame ? y : mean(y, axes)));
  };

/** Bounded functions, so that long chains neither overflow nor vanish. */
const rules: readonly Rule[] = [
  together(ops.add),
  together(ops.sub),
  together((a, b) => half(ops.mul(ops.tanh(a), b))),
  together((a, b) => ops.div(a, ops.add(ops.mul(b, b), ops.fillLike(b, 1)))),
  (x) => ops.tanh(x),
  (x) => ops.sin(x),
  (x) => ops.sigmoid(x),
  (x) => ops.exp(ops.neg(ops.mul(x, x))),
  (x) => ops.rsqrt(ops.add(ops.mul(x, x), ops.fillLike(x, 1))),
  (x) => ops.log(ops.add(ops.mul(x, x), ops.fillLike(x, 1.5))),
  (x) => ops.add(ops.mul(x, ops.fillLike(x, 1)), ops.fillLike(x, 0)),
  (x) => (x.type.shape.length === 2 ? ops.transpose(x, { perm: [1, 0] }) : ops.neg(ops.neg(x))),
  (x) => (x.type.shape.length > 0 ? ops.flip(x, 0) : x),
  (x) => (x.type.shape.length > 0 ? mean(x, [0]) : x),
  (x) => (x.type.shape.length > 0 ? ops.spread(ops.sum(x, { axes: [0] }), x.type.shape, [0]) : x),
  (x) => (x.type.shape.length > 0 ? half(running(x, 0, "sum")) : x),
  (x) => ops.tanh(matmulWithItself(x)),
  (x) =>
    x.type.shape.length === 2
      ? ops.reshape(ops.reshape(x, { shape: [numel(x.type.shape)] }), { shape: x.type.shape })
      : x,
  (x) => (x.type.shape.length === 1 ? ops.concat(ops.tanh(x), x, { axis: 0 }) : x),
  (x) =>
    x.type.shape.length > 0
      ? ops.sum(ops.unfold(expandDims(x, [x.type.shape.length]), windowOf(0)), {
          axes: [x.type.shape.length + 1],
        })
      : x,
  (x) => (x.type.shape.length > 0 ? ops.sum(x, { axes: x.type.shape.map((_, i) => i) }) : x),
];

const windowOf = (axis: number) => ({
  axis,
  size: int(2),
  stride: int(1),
  padding: int(1),
  dilation: int(1),
});

function matmulWithItself(x: Value): Value {
  if (x.type.shape.length !== 2) return x;
  return matmul(x, ops.transpose(x, { perm: [1, 0] }));
}

/** The graph of a recipe. */
export function programOf(recipe: Recipe): RandomProgram {
  const graph = new Graph();
  const batch = freshSym("B");
  const shapes = [[symbol(batch), int(3)], [int(2), int(3)], [int(3)], []];
  const random = randomFrom(recipe.seed);
  const tensors = new Map<string, Tensor>();
  const inputs = shapes.map((shape, i) => {
    const name = `x${String(i)}`;
    const sizes = shape.map((d) => (d.key === symbol(batch).key ? int(4) : d));
    tensors.set(name, randomTensor({ dtype: "f32", shape: sizes }, random));
    return inputOf(graph, name, { dtype: "f32", shape });
  });
  const pool = [...inputs];
  for (const [operation, first, second] of recipe.steps) {
    const rule = pick(rules, operation);
    const made = rule(
      pick(pool, pool.length - 1 - (first % Math.min(pool.length, 6))),
      pick(pool, second),
    );
    // Ranks above two would only make it slower.
    if (made.type.shape.length <= 2) pool.push(made);
  }
  const parts = pool.slice(-4).map((v) =>
    mean(
      v,
      v.type.shape.map((_, i) => i),
    ),
  );
  const loss = parts.reduce((a, b) => ops.add(a, b));
  const bind = (given: ReadonlyMap<string, Tensor>) => ({
    dims: new Map([[batch, 4]]),
    leaves: ({ name }: { readonly name: string }): Tensor => {
      const tensor = given.get(name);
      if (!tensor) throw new Error(`no tensor for ${name}`);
      return tensor;
    },
  });
  return {
    program: { graph, outputs: [{ name: "loss", role: "result", value: loss }] },
    inputs,
    loss,
    tensors,
    run: (values, given = tensors) => {
      const outputs = values.map((value, i) => ({
        name: String(i),
        role: "result" as const,
        value,
      }));
      return evaluateAll({ graph, outputs }, bind(given));
    },
    evaluate: (program) => evaluateAll(program, bind(tensors)),
  };
}

function pick<T>(list: readonly T[], index: number): T {
  const found = list[index % list.length];
  if (found === undefined) throw new RangeError("an empty list");
  return found;
}
