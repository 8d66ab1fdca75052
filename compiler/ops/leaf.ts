// Values without operands: leaves, constants, dims as numbers, and indices along an axis.
import { op, type OpFn } from "../ir/graph.js";
import type { Emitter, Value } from "../ir/op.js";
import type { LeafSpec } from "../ir/program.js";
import { int, type Dim } from "../types/dim.js";
import type { Dtype } from "../types/dtype.js";
import { item, refuse, typed } from "./rules.js";

/** Something from outside: an input, a parameter, a state or a scalar. Emitted by `leafOf`. */
export const leaf: OpFn<[], LeafSpec> = op<[], LeafSpec>({
  name: "leaf",
  doc: "An input, parameter, state or scalar that comes from outside.",
  operands: [],
  type: (_, { dtype, shape }) => typed(dtype, shape),
  vjp: () => [],
  lower: { kind: "leaf" },
  samples: [],
});

/** A number and its element type. */
export interface ConstantAttrs {
  readonly value: number;
  readonly dtype: Dtype;
}

/** A number of rank 0; booleans are 0 and 1. */
export const constant: OpFn<[], ConstantAttrs> = op<[], ConstantAttrs>({
  name: "constant",
  doc: "A number known when compiling, of rank 0.",
  operands: [],
  type: (_, { dtype }) => typed(dtype, []),
  vjp: () => [],
  lower: { kind: "pointwise", body: (s, _, { value, dtype }) => s.lit(value, dtype) },
  samples: [
    { operands: [], attrs: { value: 2.5, dtype: "f32" } },
    { operands: [], attrs: { value: -7, dtype: "i32" } },
    { operands: [], attrs: { value: 1, dtype: "bool" } },
  ],
});

/** A dim and the element type it becomes. */
export interface ExtentAttrs {
  readonly dim: Dim;
  readonly dtype: Dtype;
}

/** The number that a dim is at run time, of rank 0. */
export const extent: OpFn<[], ExtentAttrs> = op<[], ExtentAttrs>({
  name: "extent",
  doc: "The size of an axis as a number of rank 0.",
  operands: [],
  type: (_, { dtype }) => typed(dtype, []),
  vjp: () => [],
  lower: { kind: "pointwise", body: (s, _, { dim, dtype }) => s.convert(s.dim(dim), dtype) },
  samples: [
    { operands: [], attrs: { dim: int(7), dtype: "f32" } },
    { operands: [], attrs: { dim: int(3), dtype: "i32" } },
  ],
});

/** The shape to fill and the axis to count along. */
export interface IotaAttrs {
  readonly shape: readonly Dim[];
  readonly axis: number;
  readonly dtype: Dtype;
}

/** The index of each element along one axis: `iota` of shape `[2, 3]` along axis 1 is `[[0, 1, 2], [0, 1, 2]]`. */
export const iota: OpFn<[], IotaAttrs> = op<[], IotaAttrs>({
  name: "iota",
  doc: "The index of each element along one axis.",
  operands: [],
  type: (_, { shape, axis, dtype }) =>
    axis >= 0 && axis < shape.length
      ? typed(dtype, shape)
      : refuse("axis-out-of-range", [], { axis: String(axis) }),
  vjp: () => [],
  lower: {
    kind: "pointwise",
    body: (s, _, { axis, dtype }) => s.convert(s.dim(item(s.at, axis)), dtype),
  },
  resize: (attrs, shape) => ({ ...attrs, shape }),
  samples: [
    { operands: [], attrs: { shape: [int(5)], axis: 0, dtype: "i32" } },
    { operands: [], attrs: { shape: [int(2), int(3), int(4)], axis: 1, dtype: "f32" } },
  ],
});

/** Emits a leaf. */
export const leafOf = (graph: Emitter, spec: LeafSpec): Value => graph.emit(leaf.op, [], spec);

/** Emits a number of rank 0. */
export const constantOf = (graph: Emitter, value: number, dtype: Dtype): Value =>
  graph.emit(constant.op, [], { value, dtype });

/** The number that all elements of a value are, where it is a constant that was repeated; booleans are 0 and 1. */
export function numberIn(value: Value): number | undefined {
  if (value.op === constant.op) return (value.attrs as ConstantAttrs).value;
  const [only] = value.operands;
  const isPlain = value.op.lower.kind === "view" && !value.op.lower.fill;
  return isPlain && only && value.operands.length === 1 ? numberIn(only) : undefined;
}

/** Emits a dim as a number of rank 0. */
export const extentOf = (graph: Emitter, dim: Dim, dtype: Dtype): Value =>
  graph.emit(extent.op, [], { dim, dtype });

/** Emits the indices along one axis of a shape. */
export const iotaOf = (graph: Emitter, shape: readonly Dim[], axis: number, dtype: Dtype): Value =>
  graph.emit(iota.op, [], { shape, axis, dtype });
