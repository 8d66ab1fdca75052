// What the surface of the language is built from: broadcasting made explicit, and composites over the primitives.
import { TypeProblem } from "../ir/graph.js";
import type { Emitter, Problem, Requirement, Value } from "../ir/op.js";
import * as dims from "../types/dim.js";
import type { Dim } from "../types/dim.js";
import type { Dtype } from "../types/dtype.js";
import { isPack, showShape } from "../types/tensor.js";
import { fillLike, placeAxes, spread, sumOver } from "./broadcast.js";
import { eq, ge, select } from "./compare.js";
import { contract } from "./contract.js";
import { add, cast, div, maximum, minimum, mul, widen } from "./elementwise.js";
import { gather } from "./gather.js";
import { extentOf, iotaOf } from "./leaf.js";
import { randomNormal, randomUniform, type RandomAttrs } from "./random.js";
import { max, min } from "./reduce.js";
import { reshape, transpose } from "./movement.js";
import { equal, item, refuse, without } from "./rules.js";
import { concat, pad } from "./slice.js";

const { int } = dims;

/** The shape that two operands take together, and what must hold for it. */
export interface Aligned {
  readonly shape: readonly Dim[];
  readonly requires: readonly Requirement[];
}

/**
 * Aligns trailing axes. An axis stretches only if it is the literal 1 or missing, and when ranks differ only the
 * shorter operand may stretch; a pack, which stands for several axes, never stretches a 1.
 */
export function alignShapes(a: readonly Dim[], b: readonly Dim[]): Aligned | Problem {
  const rank = Math.max(a.length, b.length);
  const shape: Dim[] = [];
  const requires: Requirement[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const [left, right] = [axis - rank + a.length, axis - rank + b.length];
    const [x, y] = [a[left], b[right]];
    if (x === undefined || y === undefined) {
      shape.push(x ?? y ?? int(1));
      continue;
    }
    const at = [
      { operand: 0, axis: left },
      { operand: 1, axis: right },
    ];
    const facts = { left: showShape(a), right: showShape(b) };
    const joined = joinAxes(x, y, a.length - b.length);
    if (typeof joined === "string") return refuse(joined, at, facts);
    shape.push(joined);
    if (!isOne(x) && !isOne(y)) {
      const needs = equal("shape-mismatch", x, y, at);
      if ("problem" in needs) return { ...needs, facts };
      requires.push(...needs);
    }
  }
  return { shape, requires };
}

const isOne = (d: Dim): boolean => dims.constantOf(d) === 1;

/** The axis that two axes make, or the code of a refusal. `extra` is by how many axes the left operand is longer. */
function joinAxes(x: Dim, y: Dim, extra: number): Dim | string {
  if (dims.same(x, y)) return x;
  if (!isOne(x) && !isOne(y)) return x;
  const [stretched, other] = isOne(x) ? [0, y] : [1, x];
  if (isPack(other)) return "pack-stretch";
  const isLonger = stretched === 0 ? extra > 0 : extra < 0;
  return isLonger ? "rank-stretch" : other;
}

/** Repeats a value to a shape, its axes being the last ones. */
export function broadcastTo(x: Value, shape: readonly Dim[]): Value {
  const first = shape.length - x.type.shape.length;
  return placeAxes(
    x,
    shape,
    x.type.shape.map((_, i) => first + i),
  );
}

/** Both values at the shape they take together; throws `TypeProblem` where they do not fit. */
export function alignedPair(a: Value, b: Value): readonly [Value, Value] {
  const aligned = alignShapes(a.type.shape, b.type.shape);
  if ("problem" in aligned) throw new TypeProblem(add.op, [a, b], aligned);
  return [broadcastTo(a, aligned.shape), broadcastTo(b, aligned.shape)];
}

/** Inserts axes of size 1 so that they stand at `axes` of the result. */
export function expandDims(x: Value, axes: readonly number[]): Value {
  const rank = x.type.shape.length + axes.length;
  const kept = without(
    Array.from({ length: rank }, (_, i) => i),
    axes,
  );
  const shape = Array.from({ length: rank }, (_, i) => x.type.shape[kept.indexOf(i)] ?? int(1));
  return placeAxes(x, shape, kept);
}

/** Drops axes of size 1. */
export function squeeze(x: Value, axes: readonly number[]): Value {
  return axes.length === 0 ? x : reshape(x, { shape: without(x.type.shape, axes) });
}

/** Sums what `broadcastTo` repeated: the adjoint. */
export function sumTo(x: Value, shape: readonly Dim[]): Value {
  const extra = x.type.shape.length - shape.length;
  const summed = x.type.shape.flatMap((d, axis) => {
    const to = shape[axis - extra];
    return to === undefined || (isOne(to) && !dims.same(d, to)) ? [axis] : [];
  });
  const kept = shape.flatMap((_, i) => (summed.includes(i + extra) ? [] : [i]));
  return placeAxes(sumOver(x, summed), shape, kept);
}

/** Reduces over axes and, if asked, keeps them with size 1. */
export const keepAxes = (x: Value, axes: readonly number[], isKept: boolean): Value =>
  isKept
    ? expandDims(
        x,
        [...axes].sort((a, b) => a - b),
      )
    : x;

/** The value in another dtype; itself where it has that one. */
export function castTo(x: Value, dtype: Dtype): Value {
  if (x.type.dtype === dtype) return x;
  return x.type.dtype === "f16" && dtype === "f32" ? widen(x) : cast(x, { dtype });
}

/** A dim as a tensor of one number, with the dtype and shape of another: `x / D`. */
export const dimLike = (x: Value, d: Dim): Value => {
  const known = dims.constantOf(d);
  if (known !== undefined) return fillLike(x, known);
  return broadcastTo(extentOf(x.graph, d, x.type.dtype), x.type.shape);
};

/** The mean over axes, which disappear. */
export function mean(x: Value, axes: readonly number[]): Value {
  const total = sumOver(x, axes);
  const many = dims.mul(...axes.map((axis) => item(x.type.shape, axis)));
  return axes.length === 0 ? x : div(total, dimLike(total, many));
}

/** Where the largest element lies along an axis, as `i32`; the first of equals. */
export const argmax = (x: Value, axis: number): Value => place(x, axis, max(x, { axes: [axis] }));

/** Where the smallest element lies along an axis, as `i32`; the first of equals. */
export const argmin = (x: Value, axis: number): Value => place(x, axis, min(x, { axes: [axis] }));

function place(x: Value, axis: number, extreme: Value): Value {
  const { shape } = x.type;
  const index = iotaOf(x.graph, shape, axis, "i32");
  const isThere = eq(x, spread(extreme, shape, [axis]));
  const beyond = dimLike(index, dims.sub(item(shape, axis), int(1)));
  return min(select(isThere, index, beyond), { axes: [axis] });
}

/** 1 at the place of each id on a new last axis, 0 elsewhere. */
export function oneHot(ids: Value, classes: Dim, dtype: Dtype): Value {
  const shape = [...ids.type.shape, classes];
  const places = iotaOf(ids.graph, shape, shape.length - 1, ids.type.dtype);
  return cast(eq(spread(ids, shape, [shape.length - 1]), places), { dtype });
}

/** Whether a column is at most `k` to the right of its row: the lower triangle of a `[rows, columns]` matrix. */
export function triangle(graph: Emitter, rows: Dim, columns: Dim, k: number): Value {
  const shape = [rows, columns];
  const [row, column] = [0, 1].map((axis) => iotaOf(graph, shape, axis, "i32"));
  if (!row || !column) throw new RangeError("a matrix has two axes");
  return ge(add(row, fillLike(row, k)), column);
}

/**
 * Elements of an axis by index, along it: `out[i, j] = x[ids[i, j], j]` for the first of two axes. The other axes of both are the
 * same; indices are brought into range.
 */
export function takeAlong(x: Value, ids: Value, axis: number): Value {
  const first = firstOf(axis, x.type.shape.length);
  const [table, places] = [x, ids].map((v) => (axis === 0 ? v : transpose(v, { perm: first })));
  if (!table || !places) throw new RangeError("a table and places in it");
  const [rows = int(1), ...others] = table.type.shape;
  const width = dims.numel(others);
  const flat = reshape(table, { shape: [dims.mul(rows, width)] });
  const [count = int(1)] = places.type.shape;
  const row = reshape(places, { shape: [count, width] });
  const last = dimLike(row, dims.sub(rows, int(1)));
  const inside = minimum(maximum(row, fillLike(row, 0)), last);
  const column = iotaOf(x.graph, [count, width], 1, row.type.dtype);
  const taken = gather(flat, add(mul(inside, dimLike(row, width)), column));
  const out = reshape(taken, { shape: places.type.shape });
  return axis === 0 ? out : transpose(out, { perm: first.map((_, i) => first.indexOf(i)) });
}

/** The order of axes that brings one to the front. */
const firstOf = (axis: number, rank: number): number[] => [
  axis,
  ...Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis),
];

/** One label for each of some axes. */
export const labelsOf = (rank: number): string => "abcdefghijklmnopqrstuvwxy".slice(0, rank);

/** Values of one shape side by side on a new axis. */
export const stack = (values: readonly Value[], axis: number): Value =>
  joined(
    values.map((v) => expandDims(v, [axis])),
    axis,
  );

/** A kernel reads at most this many tensors, so a view of more must be stored on the way. */
const mostJoined = 6;

/**
 * Tensors one after the other along an axis, any number of them. Beyond what one kernel can read, each part is put into
 * its place among zeros and the parts are added, which kernels can do a few at a time.
 */
export function joined(values: readonly Value[], axis: number): Value {
  const [first, ...rest] = values;
  if (!first) throw new RangeError("a join needs a value");
  if (values.length <= mostJoined) return concat(first, ...rest, { axis });
  const whole = dims.add(int(0), ...values.map((v) => item(v.type.shape, axis)));
  const isBool = first.type.dtype === "bool";
  let end = int(0);
  const parts = values.map((v) => {
    const before = end;
    end = dims.add(before, item(v.type.shape, axis));
    const after = dims.sub(whole, end);
    const along = (d: Dim): readonly Dim[] => v.type.shape.map((_, a) => (a === axis ? d : int(0)));
    const interior = v.type.shape.map(() => 0);
    const number = isBool ? cast(v, { dtype: "i32" }) : v;
    return pad(number, { low: along(before), high: along(after), interior, value: 0 });
  });
  const sum = parts.reduce((a, b) => add(a, b));
  return isBool ? cast(sum, { dtype: "bool" }) : sum;
}

/** Exchanges the last two axes. */
export function transposeLast(x: Value): Value {
  const rank = x.type.shape.length;
  if (rank < 2)
    throw new TypeProblem(
      transpose.op,
      [x],
      refuse("rank-mismatch", [{ operand: 0 }], { wanted: "2" }),
    );
  const perm = Array.from({ length: rank }, (_, i) => i);
  return transpose(x, { perm: [...perm.slice(0, -2), rank - 1, rank - 2] });
}

/**
 * The matrix product of the last two axes, batches aligned as elementwise operands are. A vector on the left is a row,
 * on the right a column, and its axis disappears, as in NumPy. Batch axes that only one side has are not repeated.
 */
export function matmul(a: Value, b: Value): Value {
  const [left, right] = [batchOf(a, 2), batchOf(b, 2)];
  for (const [operand, v] of [a, b].entries()) {
    if (v.type.shape.length === 0) {
      throw new TypeProblem(
        contract.op,
        [a, b],
        refuse("rank-mismatch", [{ operand }], { wanted: "1" }),
      );
    }
  }
  const aligned = alignShapes(left, right);
  if ("problem" in aligned)
    throw new TypeProblem(contract.op, [a, b], {
      ...aligned,
      problem: batchCode(aligned),
      facts: { ...aligned.facts, last: "2" },
    });
  const batch = labelsOf(aligned.shape.length);
  const [x, y] = [a, b].map((v) => withoutUnits(v, aligned.shape, batch));
  if (!x || !y) throw new RangeError("a product has two operands");
  const row = a.type.shape.length > 1 ? "X" : "";
  const column = b.type.shape.length > 1 ? "Y" : "";
  const spec = {
    left: `${x.labels}${row}Z`,
    right: `${y.labels}Z${column}`,
    out: `${batch}${row}${column}`,
  };
  // A batch axis of literal 1 on both sides is on neither: it comes back at the end.
  const lost = [...batch].filter((l) => !spec.left.includes(l) && !spec.right.includes(l));
  const out = [...spec.out].filter((l) => !lost.includes(l)).join("");
  const product = contract(x.value, y.value, { ...spec, out });
  return expandDims(
    product,
    lost.map((l) => spec.out.indexOf(l)),
  );
}

const batchCode = ({ problem }: Problem): string =>
  problem === "shape-mismatch" ? "batch-dim-mismatch" : problem;

const batchOf = (x: Value, last: number): readonly Dim[] => x.type.shape.slice(0, -last);

/** Drops batch axes of literal 1, and labels those that are left. */
function withoutUnits(
  x: Value,
  batch: readonly Dim[],
  labels: string,
): { readonly value: Value; readonly labels: string } {
  const own = batchOf(x, 2);
  const first = batch.length - own.length;
  const units = own.flatMap((d, i) => (isOne(d) ? [i] : []));
  return {
    value: squeeze(x, units),
    labels: own.map((_, i) => (units.includes(i) ? "" : labels.charAt(first + i))).join(""),
  };
}

/** Random numbers of a shape from rank-0 `seed: u32` and `step: i32`; each tensor of a program has its own stream. */
export interface RandomShape extends RandomAttrs {
  readonly shape: readonly Dim[];
}

/** Uniform random numbers in [0, 1). */
export const uniform = (seed: Value, step: Value, { shape, stream }: RandomShape): Value =>
  randomUniform(broadcastTo(seed, shape), broadcastTo(step, shape), { stream });

/** Standard normal random numbers. */
export const normal = (seed: Value, step: Value, { shape, stream }: RandomShape): Value =>
  randomNormal(broadcastTo(seed, shape), broadcastTo(step, shape), { stream });

/** `x` to a whole power at least 0, by repeated squaring; negative ones divide. */
export function wholePower(x: Value, exponent: number): Value {
  if (exponent < 0) return div(fillLike(x, 1), wholePower(x, -exponent));
  if (exponent === 0) return fillLike(x, 1);
  if (exponent === 1) return x;
  const half = wholePower(x, Math.floor(exponent / 2));
  const square = mul(half, half);
  return exponent % 2 === 1 ? mul(square, x) : square;
}
