// Cutting out and putting together: slice, pad, concat.
import { op, type OpFn } from "../ir/graph.js";
import type { Guard, Requirement, Problem, Value } from "../ir/op.js";
import * as dims from "../types/dim.js";
import type { Dim } from "../types/dim.js";
import { sameShape, type TensorType } from "../types/tensor.js";
import { all, atMost, differentDtypes, equal, item, refuse, typedIf } from "./rules.js";
import { f32, i32 } from "./samples.js";

const { int } = dims;

/** For each axis: where to start, how far to step (negative: backwards), and how many elements to take. */
export interface SliceAttrs {
  readonly starts: readonly Dim[];
  readonly steps: readonly number[];
  readonly shape: readonly Dim[];
}

/** Evenly spaced elements along each axis; a step of -1 from the end turns the axis round. */
export const slice: OpFn<[x: Value], SliceAttrs> = op<[x: Value], SliceAttrs>({
  name: "slice",
  doc: "Evenly spaced elements along each axis.",
  operands: ["x"],
  type: ([x], attrs) => {
    const rank = x.shape.length;
    if ([attrs.starts, attrs.steps, attrs.shape].some((list) => list.length !== rank)) {
      return refuse("rank-mismatch", [{ operand: 0 }]);
    }
    return typedIf(
      x.dtype,
      attrs.shape,
      all(x.shape.map((size, axis) => inRange(size, axis, attrs))),
    );
  },
  vjp: (g, [x], _, { starts, steps, shape }) => {
    // Turn the reversed axes back first, so that only forward steps are left to undo.
    const from = starts.map((start, i) => first(start, item(steps, i), item(shape, i)));
    const forward = steps.some((s) => s < 0) ? slice(g, reversal(shape, steps)) : g;
    const low = from;
    const interior = steps.map((s) => Math.abs(s) - 1);
    const high = x.type.shape.map((size, i) => {
      const taken = spanned(item(shape, i), item(interior, i));
      return dims.sub(dims.sub(size, item(from, i)), taken);
    });
    return [pad(forward, { low, high, interior, value: 0 })];
  },
  lower: {
    kind: "view",
    pieces: (out, _, { starts, steps }) => [
      {
        operand: 0,
        index: out.map((o, i) => dims.add(item(starts, i), dims.scale(o, item(steps, i)))),
      },
    ],
  },
  resize: (attrs, shape) => ({ ...attrs, shape }),
  simplify: ([x], { starts, steps, shape }) =>
    sameShape(x.type.shape, shape) &&
    starts.every((s) => dims.constantOf(s) === 0) &&
    steps.every((s) => s === 1)
      ? x
      : null,
  samples: [
    { operands: [f32(5)], attrs: { starts: [int(1)], steps: [1], shape: [int(3)] } },
    {
      operands: [f32(3, 7)],
      attrs: { starts: [int(2), int(0)], steps: [-1, 3], shape: [int(3), int(3)] },
    },
    {
      operands: [f32(2, 6)],
      attrs: { starts: [int(0), int(5)], steps: [1, -2], shape: [int(1), int(2)] },
    },
    { operands: [i32(4)], attrs: { starts: [int(3)], steps: [-1], shape: [int(4)] } },
  ],
});

/** The lowest index that is taken. */
const first = (start: Dim, step: number, size: Dim): Dim =>
  step > 0 ? start : dims.add(start, dims.scale(dims.sub(size, int(1)), step));

function inRange(size: Dim, axis: number, attrs: SliceAttrs): readonly Requirement[] | Problem {
  const [start, step, taken] = [
    item(attrs.starts, axis),
    item(attrs.steps, axis),
    item(attrs.shape, axis),
  ];
  const at = [{ operand: 0, axis }];
  if (!Number.isInteger(step) || step === 0) return refuse("zero-step", at);
  const low = first(start, step, taken);
  const high = dims.add(low, spanned(taken, Math.abs(step) - 1));
  return all([
    atMost("slice-out-of-range", int(0), low, at),
    atMost("slice-out-of-range", high, size, at),
  ]);
}

const reversal = (shape: readonly Dim[], steps: readonly number[]): SliceAttrs => ({
  starts: shape.map((size, i) => (item(steps, i) < 0 ? dims.sub(size, int(1)) : int(0))),
  steps: steps.map((s) => (s < 0 ? -1 : 1)),
  shape,
});

/** Length of `size` elements with `gap` others between neighbours. */
const spanned = (size: Dim, gap: number): Dim =>
  gap === 0 ? size : dims.add(dims.scale(dims.sub(size, int(1)), gap + 1), int(1));

/** For each axis: elements added before, after and between neighbours, all of one value. */
export interface PadAttrs {
  readonly low: readonly Dim[];
  readonly high: readonly Dim[];
  readonly interior: readonly number[];
  readonly value: number;
}

/** Adds elements of one value around and between those of the operand. */
export const pad: OpFn<[x: Value], PadAttrs> = op<[x: Value], PadAttrs>({
  name: "pad",
  doc: "Adds elements of one value before, after and between those along each axis.",
  operands: ["x"],
  type: ([x], { low, high, interior }) => {
    const rank = x.shape.length;
    if ([low, high, interior].some((list) => list.length !== rank)) {
      return refuse("rank-mismatch", [{ operand: 0 }]);
    }
    const needs = x.shape.flatMap((_, axis) =>
      [low, high].map((side) =>
        atMost("negative-padding", int(0), item(side, axis), [{ operand: 0, axis }]),
      ),
    );
    const shape = x.shape.map((size, i) =>
      dims.add(item(low, i), spanned(size, item(interior, i)), item(high, i)),
    );
    return typedIf(x.dtype, shape, all(needs));
  },
  vjp: (g, [x], _, { low, interior }) => [
    slice(g, { starts: low, steps: interior.map((n) => n + 1), shape: x.type.shape }),
  ],
  lower: {
    kind: "view",
    pieces: (out, { operands }, attrs) => [
      {
        operand: 0,
        index: out.map((o, i) =>
          dims.floorDiv(dims.sub(o, item(attrs.low, i)), int(item(attrs.interior, i) + 1)),
        ),
        guards: out.flatMap((o, i) => guardsOf(o, i, item(operands, 0), attrs)),
      },
    ],
    fill: ({ value }) => value,
  },
  simplify: ([x], { low, high, interior }) =>
    [...low, ...high].every((d) => dims.constantOf(d) === 0) && interior.every((n) => n === 0)
      ? x
      : null,
  samples: [
    { operands: [f32(3)], attrs: { low: [int(1)], high: [int(2)], interior: [0], value: 0 } },
    {
      operands: [f32(3, 2)],
      attrs: { low: [int(0), int(1)], high: [int(2), int(0)], interior: [2, 1], value: -1.5 },
    },
    {
      operands: [i32(2, 1)],
      attrs: { low: [int(0), int(0)], high: [int(0), int(3)], interior: [0, 0], value: 7 },
    },
  ],
});

function guardsOf(
  out: Dim,
  axis: number,
  x: TensorType,
  { low, high, interior }: PadAttrs,
): Guard[] {
  const gap = item(interior, axis);
  const isTight = [item(low, axis), item(high, axis)].every((d) => dims.constantOf(d) === 0);
  const value = dims.sub(out, item(low, axis));
  const guards: Guard[] = [];
  if (!isTight) guards.push({ kind: "within", value, size: spanned(item(x.shape, axis), gap) });
  if (gap > 0) guards.push({ kind: "multiple", value, of: int(gap + 1) });
  return guards;
}

/** The axis along which operands follow each other. */
export interface ConcatAttrs {
  readonly axis: number;
}

/** Operands one after the other along an axis. */
export const concat: OpFn<[first: Value, ...rest: Value[]], ConcatAttrs> = op<
  [first: Value, ...rest: Value[]],
  ConcatAttrs
>({
  name: "concat",
  doc: "Tensors one after the other along an axis.",
  operands: ["x"],
  isVariadic: true,
  type: (operands, { axis }) => {
    const [x] = operands;
    if (!(axis >= 0 && axis < x.shape.length)) {
      return refuse("axis-out-of-range", [{ operand: 0 }], { axis: String(axis) });
    }
    const needs = operands.map(
      (other, i) => differentDtypes(0, x, i, other) ?? sameElsewhere(x, other, i, axis),
    );
    const total = dims.add(...operands.map((o) => o.shape[axis] ?? int(0)));
    return typedIf(x.dtype, x.shape.with(axis, total), all(needs));
  },
  vjp: (g, args, _, { axis }) => {
    let offset = int(0);
    return args.map((x) => {
      const { shape } = x.type;
      const starts = shape.map((__, i) => (i === axis ? offset : int(0)));
      offset = dims.add(offset, item(shape, axis));
      return slice(g, { starts, steps: shape.map(() => 1), shape });
    });
  },
  lower: {
    kind: "view",
    pieces: (out, { operands }, { axis }) => {
      let offset = int(0);
      return operands.map((x, operand) => {
        const value = dims.sub(item(out, axis), offset);
        const size = item(x.shape, axis);
        offset = dims.add(offset, size);
        // Earlier pieces have been tried, so the last one needs no test.
        const isLast = operand === operands.length - 1;
        const guards: readonly Guard[] = isLast ? [] : [{ kind: "within", value, size }];
        return { operand, index: out.with(axis, value), guards };
      });
    },
  },
  simplify: (args) => (args.length === 1 ? args[0] : null),
  samples: [
    { operands: [f32(2, 3), f32(2, 1)], attrs: { axis: 1 } },
    { operands: [f32(1, 3), f32(2, 3), f32(5, 3)], attrs: { axis: 0 } },
    { operands: [i32(4), i32(3)], attrs: { axis: 0 } },
    // Four neighbours of the result, of which the operands have fewer.
    { operands: [f32(2), f32(2)], attrs: { axis: 0 } },
    { operands: [f32(6), f32(2)], attrs: { axis: 0 } },
  ],
});

function sameElsewhere(
  x: TensorType,
  other: TensorType,
  operand: number,
  along: number,
): readonly Requirement[] | Problem {
  if (other.shape.length !== x.shape.length) {
    return refuse("rank-mismatch", [{ operand: 0 }, { operand }]);
  }
  return all(
    x.shape.map((d, axis) =>
      axis === along
        ? []
        : equal("shape-mismatch", d, item(other.shape, axis), [
            { operand: 0, axis },
            { operand, axis },
          ]),
    ),
  );
}

/** The part of one axis from `start`, `size` elements long, of a value. */
export function sliceAxis(x: Value, axis: number, start: Dim, size: Dim): Value {
  const { shape } = x.type;
  return slice(x, {
    starts: shape.map((_, i) => (i === axis ? start : int(0))),
    steps: shape.map(() => 1),
    shape: shape.with(axis, size),
  });
}

/** The rows of a value in reverse order along an axis. */
export function flip(x: Value, axis: number): Value {
  const { shape } = x.type;
  return slice(x, {
    starts: shape.map((d, i) => (i === axis ? dims.sub(d, int(1)) : int(0))),
    steps: shape.map((_, i) => (i === axis ? -1 : 1)),
    shape,
  });
}
