// Broadcasting and its adjoint, summing: the two that every other rule is built from.
import { op, type OpFn } from "../ir/graph.js";
import type { Emitter, Monoid, Value } from "../ir/op.js";
import { constantOf as numberOf, int, same, type Dim } from "../types/dim.js";
import type { Dtype } from "../types/dtype.js";
import { sameShape } from "../types/tensor.js";
import { summedProducts } from "./contract.js";
import { constantOf } from "./leaf.js";
import { f32 } from "./samples.js";
import { all, badAxes, equal, item, refuse, typed, typedIf, without, wrongDtype } from "./rules.js";

/** Operand axis `i` becomes axis `axes[i]` (increasing) of `shape`; a literal 1 stretches. */
export interface BroadcastAttrs {
  readonly shape: readonly Dim[];
  readonly axes: readonly number[];
}

const isStretched = (from: Dim, to: Dim): boolean => numberOf(from) === 1 && !same(from, to);

/** Repeats along new axes and along axes of size 1. */
export const broadcast: OpFn<[x: Value], BroadcastAttrs> = op<[x: Value], BroadcastAttrs>({
  name: "broadcast",
  doc: "Repeats along new axes and along axes of size 1.",
  operands: ["x"],
  type: ([x], { shape, axes }) => {
    const isIncreasing = axes.every((axis, i) => axis > (axes[i - 1] ?? -1) && axis < shape.length);
    if (axes.length !== x.shape.length || !isIncreasing) {
      return refuse("axis-out-of-range", [{ operand: 0 }], { axes: axes.join(", ") });
    }
    const needs = x.shape.map((d, i) => {
      const to = item(shape, item(axes, i));
      return isStretched(d, to) ? [] : equal("shape-mismatch", d, to, [{ operand: 0, axis: i }]);
    });
    return typedIf(x.dtype, shape, all(needs));
  },
  vjp: (g, [x], _, { shape, axes }) => {
    const isKept = (axis: number, i: number) =>
      !isStretched(item(x.type.shape, i), item(shape, axis));
    const kept = axes.filter(isKept);
    const summed = sumOver(
      g,
      without(
        shape.map((__, i) => i),
        kept,
      ),
    );
    const back = axes.flatMap((axis, i) => (isKept(axis, i) ? [i] : []));
    return [placeAxes(summed, x.type.shape, back)];
  },
  lower: {
    kind: "view",
    pieces: (out, { operands: [x] }, { shape, axes }) => {
      const index = axes.map((axis, i) =>
        x && isStretched(item(x.shape, i), item(shape, axis)) ? int(0) : item(out, axis),
      );
      return [{ operand: 0, index }];
    },
  },
  resize: (attrs, shape) => ({ ...attrs, shape }),
  simplify: ([x], { shape, axes }) => {
    if (sameShape(x.type.shape, shape)) return x;
    if (x.op !== broadcast.op) return null;
    const [inner] = x.operands;
    const under = x.attrs as BroadcastAttrs;
    return inner ? broadcast(inner, { shape, axes: under.axes.map((a) => item(axes, a)) }) : null;
  },
  samples: [
    { operands: [f32(3)], attrs: { shape: [int(2), int(3)], axes: [1] } },
    { operands: [f32(5, 1)], attrs: { shape: [int(5), int(2), int(3)], axes: [0, 2] } },
    { operands: [f32()], attrs: { shape: [int(7)], axes: [] } },
    { operands: [f32(1, 3, 1)], attrs: { shape: [int(2), int(3), int(1)], axes: [0, 1, 2] } },
  ],
});

/** Axes that disappear. */
export interface ReduceAttrs {
  readonly axes: readonly number[];
}

/** Zero and addition. */
export const additive: Monoid = {
  name: "sum",
  identity: () => 0,
  combine: (s, acc, x) => s.call("add", acc, x),
};

/** Sum over axes, which disappear. Floats accumulate in f32 or wider, whatever the dtype. */
export const sum: OpFn<[x: Value], ReduceAttrs> = op<[x: Value], ReduceAttrs>({
  name: "sum",
  doc: "Sum over axes, which disappear.",
  operands: ["x"],
  type: ([x], { axes }) =>
    wrongDtype(0, x, "number") ?? badAxes(0, x, axes) ?? typed(x.dtype, without(x.shape, axes)),
  vjp: (g, [x], _, { axes }) => [spread(g, x.type.shape, axes)],
  lower: { kind: "reduce", monoid: additive, axes: ({ axes }) => axes },
  simplify: ([x], { axes }) => (axes.length === 0 ? x : null),
  absorb: ([x], { axes }) => summedProducts(x, axes),
  samples: [
    { operands: [f32(2, 3)], attrs: { axes: [1] } },
    { operands: [f32(3, 5, 2)], attrs: { axes: [0, 2] } },
    { operands: [f32(7)], attrs: { axes: [0] } },
    { operands: [f32(2, 1, 3)], attrs: { axes: [1] } },
  ],
});

/** Sums over axes; the operand itself where there are none. */
export const sumOver = (x: Value, axes: readonly number[]): Value =>
  axes.length === 0 ? x : sum(x, { axes });

/** Puts operand axis `i` at axis `axes[i]` of `shape`, stretching what is missing; nothing where the shape is the same. */
export const placeAxes = (x: Value, shape: readonly Dim[], axes: readonly number[]): Value =>
  axes.length === shape.length && sameShape(x.type.shape, shape)
    ? x
    : broadcast(x, { shape, axes });

/** Undoes the disappearance of `gone`: `x` has the axes of `shape` without those. */
export const spread = (x: Value, shape: readonly Dim[], gone: readonly number[]): Value =>
  placeAxes(
    x,
    shape,
    without(
      shape.map((_, i) => i),
      gone,
    ),
  );

/** A tensor of one number. */
export function fill(graph: Emitter, value: number, dtype: Dtype, shape: readonly Dim[]): Value {
  const number = constantOf(graph, value, dtype);
  return shape.length === 0 ? number : broadcast(number, { shape, axes: [] });
}

/** A tensor of one number with the type of another. */
export const fillLike = (x: Value, value: number): Value =>
  fill(x.graph, value, x.type.dtype, x.type.shape);
