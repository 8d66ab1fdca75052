// Slices whose place is known only at run time: reading and replacing.
import { op, type OpFn } from "../ir/graph.js";
import type { Problem, Requirement, Value } from "../ir/op.js";
import * as dims from "../types/dim.js";
import type { Dim } from "../types/dim.js";
import type { TensorType } from "../types/tensor.js";
import { fillLike } from "./broadcast.js";
import {
  all,
  atMost,
  badAxes,
  differentDtypes,
  equal,
  item,
  refuse,
  typedIf,
  wrongDtype,
  wrongRank,
} from "./rules.js";
import { f32, i32 } from "./samples.js";

/** The axis to cut and how much of it to take. */
export interface DynamicSliceAttrs {
  readonly axis: number;
  readonly length: Dim;
}

/** Places are clamped so that the whole slice lies inside. */
const lastStart = (size: Dim, length: Dim): Dim => dims.add(dims.sub(size, length), dims.int(1));

const wrongStart = (operand: number, start: TensorType): Problem | undefined =>
  wrongDtype(operand, start, "integer") ?? wrongRank(operand, start, 0);

/** `length` elements along an axis from a place known at run time. */
export const dynamicSlice: OpFn<[x: Value, start: Value], DynamicSliceAttrs> = op<
  [x: Value, start: Value],
  DynamicSliceAttrs
>({
  name: "dynamic_slice",
  doc: "A part of one axis that starts at a place known at run time.",
  operands: ["x", "start"],
  type: ([x, start], { axis, length }) =>
    wrongStart(1, start) ??
    badAxes(0, x, [axis]) ??
    typedIf(
      x.dtype,
      x.shape.with(axis, length),
      atMost("slice-out-of-range", length, item(x.shape, axis), [{ operand: 0, axis }]),
    ),
  vjp: (g, [x, start], _, { axis }) => [dynamicUpdate(fillLike(x, 0), g, start, { axis }), null],
  lower: {
    kind: "view",
    pieces: (out, context, { axis, length }) => {
      const start = context.lookup(
        1,
        [],
        lastStart(item(item(context.operands, 0).shape, axis), length),
      );
      return [{ operand: 0, index: out.with(axis, dims.add(start, item(out, axis))) }];
    },
  },
  samples: [
    { operands: [f32(5), i32()], attrs: { axis: 0, length: dims.int(2) }, values: { 1: [3] } },
    { operands: [f32(2, 7), i32()], attrs: { axis: 1, length: dims.int(3) }, values: { 1: [1] } },
    { operands: [f32(3, 2), i32()], attrs: { axis: 0, length: dims.int(1) }, values: { 1: [0] } },
  ],
});

/** The axis along which a part is replaced. */
export interface DynamicUpdateAttrs {
  readonly axis: number;
}

/** `x` with a part of one axis, from a place known at run time, replaced by `update`. */
export const dynamicUpdate: OpFn<[x: Value, update: Value, start: Value], DynamicUpdateAttrs> = op<
  [x: Value, update: Value, start: Value],
  DynamicUpdateAttrs
>({
  name: "dynamic_update",
  doc: "A tensor with a part of one axis replaced, from a place known at run time.",
  operands: ["x", "update", "start"],
  type: ([x, update, start], { axis }) =>
    wrongStart(2, start) ??
    differentDtypes(0, x, 1, update) ??
    badAxes(0, x, [axis]) ??
    typedIf(x.dtype, x.shape, fits(x, update, axis)),
  vjp: (g, [, update, start], _, { axis }) => [
    dynamicUpdate(g, fillLike(update, 0), start, { axis }),
    dynamicSlice(g, start, { axis, length: item(update.type.shape, axis) }),
    null,
  ],
  lower: {
    kind: "view",
    pieces: (out, context, { axis }) => {
      const [x, update] = [item(context.operands, 0), item(context.operands, 1)];
      const size = item(update.shape, axis);
      const value = dims.sub(
        item(out, axis),
        context.lookup(2, [], lastStart(item(x.shape, axis), size)),
      );
      return [
        { operand: 1, index: out.with(axis, value), guards: [{ kind: "within", value, size }] },
        { operand: 0, index: out },
      ];
    },
  },
  samples: [
    { operands: [f32(5), f32(2), i32()], attrs: { axis: 0 }, values: { 2: [3] } },
    { operands: [f32(2, 7), f32(2, 3), i32()], attrs: { axis: 1 }, values: { 2: [1] } },
    { operands: [f32(3, 2), f32(1, 2), i32()], attrs: { axis: 0 }, values: { 2: [0] } },
  ],
});

function fits(x: TensorType, update: TensorType, along: number): readonly Requirement[] | Problem {
  if (x.shape.length !== update.shape.length) {
    return refuse("rank-mismatch", [{ operand: 0 }, { operand: 1 }]);
  }
  return all(
    x.shape.map((d, axis) => {
      const at = [
        { operand: 1, axis },
        { operand: 0, axis },
      ];
      const part = item(update.shape, axis);
      return axis === along
        ? atMost("slice-out-of-range", part, d, at)
        : equal("shape-mismatch", part, d, at);
    }),
  );
}
