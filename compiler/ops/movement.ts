// Other arrangements of the same elements: reshape and transpose.
import { op, type OpFn } from "../ir/graph.js";
import type { Value } from "../ir/op.js";
import * as dims from "../types/dim.js";
import type { Dim } from "../types/dim.js";
import { sameShape } from "../types/tensor.js";
import { equal, item, refuse, typed, typedIf } from "./rules.js";
import { f32, i32 } from "./samples.js";

/** The new shape, with as many elements as the old. */
export interface ReshapeAttrs {
  readonly shape: readonly Dim[];
}

/** The same elements in row-major order under another shape. */
export const reshape: OpFn<[x: Value], ReshapeAttrs> = op<[x: Value], ReshapeAttrs>({
  name: "reshape",
  doc: "The same elements, in row-major order, under another shape.",
  operands: ["x"],
  type: ([x], { shape }) =>
    typedIf(
      x.dtype,
      shape,
      equal("numel-mismatch", dims.numel(x.shape), dims.numel(shape), [{ operand: 0 }]),
    ),
  vjp: (g, [x]) => [reshape(g, { shape: x.type.shape })],
  lower: {
    kind: "view",
    pieces: (out, { operands, result }) => [
      { operand: 0, index: relabel(out, result.shape, item(operands, 0).shape) },
    ],
  },
  resize: (_, shape) => ({ shape }),
  simplify: ([x], { shape }) => {
    if (sameShape(x.type.shape, shape)) return x;
    const [inner] = x.operands;
    return x.op === reshape.op && inner ? reshape(inner, { shape }) : null;
  },
  samples: [
    { operands: [f32(2, 3)], attrs: { shape: [dims.int(3), dims.int(2)] } },
    { operands: [f32(2, 15, 1)], attrs: { shape: [dims.int(2), dims.int(3), dims.int(5)] } },
    { operands: [f32()], attrs: { shape: [dims.int(1), dims.int(1)] } },
    { operands: [i32(7, 4)], attrs: { shape: [dims.int(28)] } },
  ],
});

/**
 * Where an element of the shape `to` at index `at` lies in the shape `from`. Runs of axes with the same
 * product are translated on their own, so that axes which do not change keep their index as it is.
 */
function relabel(at: readonly Dim[], to: readonly Dim[], from: readonly Dim[]): Dim[] {
  const index: Dim[] = [];
  for (const { left, right } of runs(from, to)) {
    let linear = dims.int(0);
    for (let i = right[0]; i < right[1]; i++) {
      linear = dims.add(dims.mul(linear, item(to, i)), item(at, i));
    }
    index.push(...split(linear, from.slice(left[0], left[1])));
  }
  return index;
}

/** The index along each axis of a shape of the element with a row-major index. */
function split(linear: Dim, shape: readonly Dim[]): Dim[] {
  const index: Dim[] = [];
  let stride = dims.numel(shape);
  let rest = linear;
  for (const size of shape) {
    stride = dims.floorDiv(stride, size);
    const one = dims.constantOf(size) === 1;
    const quotient = one ? dims.int(0) : dims.floorDiv(rest, stride);
    index.push(quotient);
    rest = dims.sub(rest, dims.mul(stride, quotient));
  }
  return index;
}

interface Run {
  readonly left: readonly [number, number];
  readonly right: readonly [number, number];
}

/** Cuts two shapes into the shortest pieces of equal products; the last piece takes what is left. */
function runs(left: readonly Dim[], right: readonly Dim[]): Run[] {
  const found: Run[] = [];
  let [i, j] = [0, 0];
  while (i < left.length || j < right.length) {
    const run = shortestRun(left, right, i, j);
    found.push({ left: [i, run[0]], right: [j, run[1]] });
    [i, j] = run;
  }
  return found;
}

function shortestRun(
  left: readonly Dim[],
  right: readonly Dim[],
  i: number,
  j: number,
): [number, number] {
  for (let total = 1; total <= left.length - i + right.length - j; total++) {
    for (
      let a = Math.min(total, left.length - i);
      a >= Math.max(0, total - (right.length - j));
      a--
    ) {
      const ends: [number, number] = [i + a, j + total - a];
      const products = [left.slice(i, ends[0]), right.slice(j, ends[1])].map((s) => dims.numel(s));
      if (dims.same(item(products, 0), item(products, 1))) return ends;
    }
  }
  return [left.length, right.length];
}

/** Axis `i` of the result is axis `perm[i]` of the operand. */
export interface TransposeAttrs {
  readonly perm: readonly number[];
}

const inverse = (perm: readonly number[]): number[] => perm.map((_, axis) => perm.indexOf(axis));

/** The same elements with the axes in another order. */
export const transpose: OpFn<[x: Value], TransposeAttrs> = op<[x: Value], TransposeAttrs>({
  name: "transpose",
  doc: "The same elements with the axes in another order.",
  operands: ["x"],
  type: ([x], { perm }) => {
    const isPermutation =
      perm.length === x.shape.length && inverse(perm).every((axis) => axis >= 0);
    if (!isPermutation)
      return refuse("axis-out-of-range", [{ operand: 0 }], { axes: perm.join(", ") });
    return typed(
      x.dtype,
      perm.map((axis) => item(x.shape, axis)),
    );
  },
  vjp: (g, _, __, { perm }) => [transpose(g, { perm: inverse(perm) })],
  lower: {
    kind: "view",
    pieces: (out, _, { perm }) => [
      { operand: 0, index: inverse(perm).map((axis) => item(out, axis)) },
    ],
  },
  simplify: ([x], { perm }) => {
    if (perm.every((axis, i) => axis === i)) return x;
    if (x.op !== transpose.op) return null;
    const [inner] = x.operands;
    const under = x.attrs as TransposeAttrs;
    return inner ? transpose(inner, { perm: perm.map((axis) => item(under.perm, axis)) }) : null;
  },
  samples: [
    { operands: [f32(2, 3)], attrs: { perm: [1, 0] } },
    { operands: [f32(2, 3, 1, 5)], attrs: { perm: [2, 0, 3, 1] } },
    { operands: [i32(4, 3, 2)], attrs: { perm: [1, 2, 0] } },
  ],
});

/** The first operand as it is, for what must not run before the second is there. */
export const after: OpFn<[x: Value, before: Value], Record<never, never>> = op<
  [x: Value, before: Value]
>({
  name: "after",
  doc: "The first operand as it is, once the second is there: what is made from it is computed then, and not together with what is made from the same without.",
  operands: ["x", "before"],
  type: ([x]) => typed(x.dtype, x.shape),
  vjp: (g) => [g, null],
  lower: { kind: "view", pieces: (out) => [{ operand: 0, index: out }] },
  samples: [
    { operands: [f32(2, 3), f32(5)], attrs: {} },
    { operands: [i32(7), f32()], attrs: {} },
  ],
});
