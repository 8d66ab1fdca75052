// Sliding windows: a place along an axis is given by a window and an offset in it. The two ops are adjoint views.
import { op, type OpFn } from "../ir/graph.js";
import type { ContractSpec, Guard, Value } from "../ir/op.js";
import * as dims from "../types/dim.js";
import type { Dim } from "../types/dim.js";
import type { TensorType } from "../types/tensor.js";
import { spread } from "./broadcast.js";
import { contract, keptTail } from "./contract.js";
import { reshape } from "./movement.js";
import { all, atMost, badAxes, equal, item, refuse, typedIf } from "./rules.js";
import { f32 } from "./samples.js";

const { int } = dims;

/** Windows over one axis: window `o` at offset `k` is at `o * stride + k * dilation - padding`. */
export interface WindowAttrs {
  readonly axis: number;
  readonly stride: Dim;
  readonly padding: Dim;
  readonly dilation: Dim;
}

/** How the last axis of a windowed tensor counts offsets. */
const offsets = (x: TensorType): Dim => item(x.shape, x.shape.length - 1);

const placeOf = (window: Dim, offset: Dim, { stride, padding, dilation }: WindowAttrs): Dim =>
  dims.sub(dims.add(dims.mul(window, stride), dims.mul(offset, dilation)), padding);

/** Number of windows of `size` offsets over `length` places. */
export function windowCount(
  length: Dim,
  size: Dim,
  { stride, padding, dilation }: WindowAttrs,
): Dim {
  const reach = dims.mul(dilation, dims.sub(size, int(1)));
  const room = dims.sub(dims.sub(dims.add(length, dims.scale(padding, 2)), reach), int(1));
  return dims.add(dims.floorDiv(room, stride), int(1));
}

/** `out[…, o, …, k] = x[…, place(o, k), …, k]`, and 0 outside: from places to windows, with offsets on the last axis. */
export const windows: OpFn<[x: Value], WindowAttrs> = op<[x: Value], WindowAttrs>({
  name: "windows",
  doc: "Sliding windows along one axis, the last axis being the offset in the window; 0 outside.",
  operands: ["x"],
  type: ([x], attrs) => {
    const problem = badAxes(0, x, [attrs.axis]) ?? onLastAxis(x, attrs);
    if (problem) return problem;
    const length = item(x.shape, attrs.axis);
    const reach = dims.add(dims.mul(attrs.dilation, dims.sub(offsets(x), int(1))), int(1));
    const padded = dims.add(length, dims.scale(attrs.padding, 2));
    // No window at all is a shape like any other while sizes are free; of known sizes it is a mistake.
    const isKnown = dims.constantOf(dims.sub(padded, reach)) !== undefined;
    const room = isKnown ? padded : dims.add(padded, attrs.stride);
    const at = [{ operand: 0, axis: attrs.axis }];
    return typedIf(
      x.dtype,
      x.shape.with(attrs.axis, windowCount(length, offsets(x), attrs)),
      all([
        atMost("window-too-large", reach, room, at),
        atMost("zero-stride", int(1), attrs.stride, at),
      ]),
    );
  },
  vjp: (g, [x], _, attrs) => [places(g, { ...attrs, length: item(x.type.shape, attrs.axis) })],
  lower: {
    kind: "view",
    pieces: (out, { operands }, attrs) => {
      const value = placeOf(item(out, attrs.axis), item(out, out.length - 1), attrs);
      const size = item(item(operands, 0).shape, attrs.axis);
      const isPadded = dims.constantOf(attrs.padding) !== 0;
      const guards: readonly Guard[] = isPadded ? [{ kind: "within", value, size }] : [];
      return [{ operand: 0, index: out.with(attrs.axis, value), guards }];
    },
    fill: () => 0,
  },
  samples: [
    {
      operands: [f32(7, 3)],
      attrs: { axis: 0, stride: int(1), padding: int(0), dilation: int(1) },
    },
    {
      operands: [f32(2, 8, 3)],
      attrs: { axis: 1, stride: int(2), padding: int(1), dilation: int(2) },
    },
    {
      operands: [f32(5, 1, 2)],
      attrs: { axis: 0, stride: int(3), padding: int(0), dilation: int(1) },
    },
  ],
});

/** Windows, and how many places there are. */
export interface PlacesAttrs extends WindowAttrs {
  readonly length: Dim;
}

/** `out[…, place(o, k), …, k] = x[…, o, …, k]`, and 0 where no window has that offset: from windows back to places. */
export const places: OpFn<[x: Value], PlacesAttrs> = op<[x: Value], PlacesAttrs>({
  name: "places",
  doc: "Puts the elements of sliding windows back to their places, apart by offset: the adjoint of `windows`.",
  operands: ["x"],
  type: ([x], attrs) => {
    const problem = badAxes(0, x, [attrs.axis]) ?? onLastAxis(x, attrs);
    if (problem) return problem;
    const count = windowCount(attrs.length, offsets(x), attrs);
    return typedIf(
      x.dtype,
      x.shape.with(attrs.axis, attrs.length),
      equal("shape-mismatch", item(x.shape, attrs.axis), count, [{ operand: 0, axis: attrs.axis }]),
    );
  },
  vjp: (g, _, __, { axis, stride, padding, dilation }) => [
    windows(g, { axis, stride, padding, dilation }),
  ],
  absorb: ([x], attrs) => productsAtPlaces(x, attrs),
  lower: {
    kind: "view",
    pieces: (out, { operands }, attrs) => {
      const { axis, stride, padding, dilation } = attrs;
      const size = item(item(operands, 0).shape, axis);
      const offset = dims.mul(item(out, out.length - 1), dilation);
      const value = dims.sub(dims.add(item(out, axis), padding), offset);
      const window = dims.floorDiv(value, stride);
      const isDense = dims.constantOf(stride) === 1;
      const guards: readonly Guard[] = [
        { kind: "within", value: window, size },
        ...(isDense ? [] : [{ kind: "multiple" as const, value, of: stride }]),
      ];
      return [{ operand: 0, index: out.with(axis, window), guards }];
    },
    fill: () => 0,
  },
  samples: [
    {
      operands: [f32(5, 3)],
      attrs: { axis: 0, stride: int(1), padding: int(0), dilation: int(1), length: int(7) },
    },
    {
      operands: [f32(2, 3, 3)],
      attrs: { axis: 1, stride: int(2), padding: int(1), dilation: int(2), length: int(8) },
    },
    {
      operands: [f32(2, 2)],
      attrs: { axis: 0, stride: int(3), padding: int(0), dilation: int(1), length: int(5) },
    },
  ],
});

/**
 * The places of a contraction whose windows come from one operand and whose offsets from the other: a contraction with the places of
 * the first, so that sums over offsets become sums of products and no window is stored. Null where `x` is nothing of the kind. With a
 * stride most places of an offset hold nothing, and multiplying by them costs more than storing windows.
 */
function productsAtPlaces(x: Value, attrs: PlacesAttrs): Value | null {
  const [a, b] = x.operands;
  if (dims.constantOf(attrs.stride) !== 1 || !a) return null;
  if (x.op === reshape.op) {
    const { shape } = x.type;
    if (attrs.axis < shape.length - keptTail(a.type.shape, shape)) return null;
    const axis = attrs.axis + a.type.shape.length - shape.length;
    const inner = productsAtPlaces(a, { ...attrs, axis });
    return inner && reshape(inner, { shape: shape.with(attrs.axis, attrs.length) });
  }
  if (x.op !== contract.op || !b) return null;
  const { left, right, out } = x.attrs as ContractSpec;
  const [window, offset] = [out.charAt(attrs.axis), out.charAt(out.length - 1)];
  const count = offsets(x.type);
  if (isOnlyIn(window, left, right) && isOnlyIn(offset, right, left)) {
    return contract(spreadToPlaces(a, left.indexOf(window), count, attrs), b, {
      left: left + offset,
      right,
      out,
    });
  }
  if (isOnlyIn(window, right, left) && isOnlyIn(offset, left, right)) {
    return contract(a, spreadToPlaces(b, right.indexOf(window), count, attrs), {
      left,
      right: right + offset,
      out,
    });
  }
  return null;
}

const isOnlyIn = (label: string, labels: string, others: string): boolean =>
  labels.includes(label) && !others.includes(label);

/** The same windows for each offset, at the places of that offset. */
function spreadToPlaces(x: Value, axis: number, count: Dim, attrs: PlacesAttrs): Value {
  const shape = [...x.type.shape, count];
  return places(spread(x, shape, [shape.length - 1]), { ...attrs, axis });
}

/** Windows of a size over one axis. */
export interface UnfoldAttrs extends WindowAttrs {
  readonly size: Dim;
}

/** Sliding windows over an axis, which then counts windows; a new last axis counts offsets. 0 outside. */
export function unfold(x: Value, { size, ...attrs }: UnfoldAttrs): Value {
  const shape = [...x.type.shape, size];
  return windows(spread(x, shape, [shape.length - 1]), attrs);
}

function onLastAxis(x: TensorType, { axis }: WindowAttrs) {
  return axis === x.shape.length - 1
    ? refuse("axis-out-of-range", [{ operand: 0, axis }])
    : undefined;
}
