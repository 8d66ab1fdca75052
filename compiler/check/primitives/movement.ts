// Primitives that move elements: reshaping, patterns, joining, cutting, padding, windows.
import type { Value } from "../../ir/op.js";
import { dtypeFaults, names, shapes } from "../../diagnostics/index.js";
import { joined, stack as stackAlong } from "../../ops/build.js";
import * as ops from "../../ops/index.js";
import type { Facts } from "../../types/constraints.js";
import { add, constantOf, floorDiv, int, max, mod, numel, sub, type Dim } from "../../types/dim.js";
import type { TensorType } from "../../types/tensor.js";
import { UNKNOWN, tensorOf, type Meaning } from "../meaning.js";
import { asPattern, rearrange } from "../patterns.js";
import type { Primitive, PrimitiveCall } from "../primitive.js";
import { einsum } from "../products.js";
import { meaningOf } from "../arguments.js";
import { asTensor } from "../operators.js";
import { asDim } from "../types.js";

const reshape: Primitive = {
  name: "reshape",
  doc: ops.reshape.op.doc,
  params: ["x", "shape"],
  apply: (call) => {
    const x = call.tensor("x");
    const wanted = inferMinusOne(call, x, call.writtenShape("shape").shape);
    for (const size of wanted) call.requireSize(size, "shape");
    const verdict = call.ctx.facts.equal(numel(x.type.shape), numel(wanted));
    if (!call.ctx.accepts(verdict)) {
      call.refuse(
        shapes.reshape({
          at: call.span,
          from: call.named(x, "from"),
          to: { dtype: x.type.dtype, shape: wanted },
          verdict,
        }),
      );
    }
    return call.result(() => ops.reshape(x, { shape: wanted }));
  },
};

/** A single `-1` takes what the other axes leave. */
function inferMinusOne(call: PrimitiveCall, x: Value, wanted: readonly Dim[]): readonly Dim[] {
  const open = wanted.findIndex((d) => constantOf(d) === -1);
  if (open < 0) return wanted;
  const others = numel(wanted.filter((_, i) => i !== open));
  const verdict = call.ctx.facts.divides(others, numel(x.type.shape));
  if (!call.ctx.accepts(verdict)) {
    call.refuse(
      shapes.indivisible({
        at: call.span,
        whole: numel(x.type.shape),
        part: others,
        given: call.named(x),
        verdict,
      }),
    );
  }
  return wanted.map((d, i) => (i === open ? floorDiv(numel(x.type.shape), others) : d));
}

const pattern = (name: "rearrange" | "repeat", doc: string): Primitive => ({
  name,
  doc,
  params: ["x", "pattern"],
  takesSizes: true,
  apply: (call) => rearrange(call, call.tensor("x"), call.meaning("pattern"), name === "repeat"),
});

const einsumPrimitive: Primitive = {
  name: "einsum",
  doc: "Sum of products of any number of tensors by axis names, in the order of least work: `einsum(a, b, [i j, j k -> i k])`; an axis named twice in one tensor is its diagonal.",
  params: ["operands…"],
  takesSizes: true,
  apply: (call) => {
    const meanings = call.rest.map((a) => ({ m: meaningOf(call.ctx, a), at: a.span }));
    const last = meanings.pop();
    const written = asPattern(call, last?.m ?? UNKNOWN, last?.at ?? call.span);
    const operands = meanings.flatMap(
      ({ m, at }) => asTensor(call.ctx, m, call.ctx.float, at) ?? [],
    );
    return operands.length === meanings.length ? einsum(call, operands, written) : UNKNOWN;
  },
};

/** Operands that must agree in dtype and rank, and in every axis but one. */
function refuseUnequal(
  call: PrimitiveCall,
  values: readonly Value[],
  axis: number | undefined,
): void {
  const [first, ...others] = values;
  for (const [i, other] of first ? others.entries() : []) {
    if (!first) return;
    const [a, b] = [first.type, other.type];
    const at = call.rest[i + 1]?.span ?? call.span;
    if (a.dtype !== b.dtype)
      call.refuse(
        dtypeFaults.mismatch({
          at,
          left: call.named(first, "first"),
          right: call.named(other, "this"),
        }),
      );
    const isEqual = (d: Dim, j: number): boolean =>
      j === axis || call.ctx.accepts(call.ctx.facts.equal(d, b.shape[j] ?? int(0)));
    if (a.shape.length !== b.shape.length || !a.shape.every(isEqual)) {
      call.refuse(
        shapes.concat({
          at,
          callee: call.name,
          first: call.named(first, "first"),
          other: call.named(other, "this"),
          ...(axis === undefined ? {} : { axis }),
        }),
      );
    }
  }
}

function operandsOf(call: PrimitiveCall): readonly [Value, ...Value[]] {
  const [first, ...others] = call.tensors();
  return first
    ? [first, ...others]
    : call.refuse(
        names.missingArguments({ names: ["operands"], callee: call.name, at: call.span }),
      );
}

const concat: Primitive = {
  name: "concat",
  doc: ops.concat.op.doc,
  params: ["operands…", "axis?"],
  apply: (call) => {
    const values = operandsOf(call);
    const axis = call.axis("axis", values[0].type, 0);
    refuseUnequal(call, values, axis);
    return call.result(() => joined(values, axis));
  },
};

const stack: Primitive = {
  name: "stack",
  doc: "Operands of one shape along a new axis.",
  params: ["operands…", "axis?"],
  apply: (call) => {
    const values = operandsOf(call);
    refuseUnequal(call, values, undefined);
    const { shape } = values[0].type;
    const given = call.integer("axis", 0);
    const axis = given < 0 ? given + shape.length + 1 : given;
    if (axis < 0 || axis > shape.length)
      call.refuse(
        shapes.axisOutOfRange({ at: call.spanOf("axis"), axis: given, type: values[0].type }),
      );
    return call.result(() => stackAlong(values, axis));
  },
};

const split: Primitive = {
  name: "split",
  doc: "Equal parts (`split(x, 3)`) or parts of given sizes (`split(x, [a, b])`) of an axis, as a tuple.",
  params: ["x", "parts", "axis?"],
  apply: (call) => {
    const x = call.tensor("x");
    const axis = call.axis("axis", x.type, -1);
    const sizes = partSizes(call, x, axis);
    let start = int(0);
    const items = sizes.map((size): Meaning => {
      const from = start;
      start = add(start, size);
      return tensorOf(call.emit(() => ops.sliceAxis(x, axis, from, size)));
    });
    return { kind: "tuple", items };
  },
};

function partSizes(call: PrimitiveCall, x: Value, axis: number): readonly Dim[] {
  const size = x.type.shape[axis] ?? int(1);
  const parts = call.meaning("parts");
  const at = call.spanOf("parts");
  if (parts.kind === "list" || parts.kind === "tuple") {
    const sizes = parts.items.flatMap((item) => asDim(call.ctx, item, at) ?? []);
    for (const part of sizes) call.requireSize(part, "parts");
    const verdict = call.ctx.facts.equal(add(...sizes), size);
    if (!call.ctx.accepts(verdict))
      call.refuse(
        shapes.splitSizes({ at, type: x.type, axis, total: add(...sizes), size, verdict }),
      );
    return sizes;
  }
  const count = call.integer("parts");
  const verdict = call.ctx.facts.divides(int(count), size);
  if (count < 1 || !call.ctx.accepts(verdict))
    call.refuse(
      shapes.indivisible({ at, whole: size, part: int(count), given: call.named(x), verdict }),
    );
  if (!call.ctx.work.allows(count, at)) call.end();
  return Array.from({ length: count }, () => floorDiv(size, int(count)));
}

const pad: Primitive = {
  name: "pad",
  doc: ops.pad.op.doc,
  params: ["x", "axis?", "before?", "after?", "value?"],
  apply: (call) => {
    const x = call.tensor("x");
    const axis = call.axis("axis", x.type, -1);
    const at = (n: Dim): Dim[] => x.type.shape.map((_, i) => (i === axis ? n : int(0)));
    const attrs = {
      low: at(call.dim("before", int(0))),
      high: at(call.dim("after", int(0))),
      interior: x.type.shape.map(() => 0),
      value: call.float("value", 0),
    };
    return call.result(() => ops.pad(x, attrs));
  },
};

const flip: Primitive = {
  name: "flip",
  doc: "An axis, or several, in reverse order.",
  params: ["x", "axis?"],
  apply: (call) => {
    const x = call.tensor("x");
    const axes = axesOrLast(call, x.type);
    return call.result(() => axes.reduce((y, axis) => ops.flip(y, axis), x));
  },
};

/** The axes that a call names, of which it may give one as a number; the last one where it names none. */
const axesOrLast = (call: PrimitiveCall, x: TensorType): readonly number[] =>
  call.has("axis") ? call.axesInOrder("axis", x) : [call.axis("axis", x, -1)];

/** A shift brought between 0 and the size: as it is where the facts say so, else by its remainder. */
function turned(facts: Facts, shift: Dim, size: Dim): Dim {
  const isBetween = (d: Dim): boolean =>
    facts.atMost(int(0), d).kind === "proved" && facts.atMost(d, size).kind === "proved";
  const near = [shift, add(shift, size)].find(isBetween);
  return near ?? mod(shift, max(size, int(1)));
}

const roll: Primitive = {
  name: "roll",
  doc: "Elements of an axis moved on by `shift`, those beyond the end brought to the front; of several axes by a shift each, or one for all.",
  params: ["x", "shift", "axis?"],
  apply: (call) => {
    const x = call.tensor("x");
    const axes = axesOrLast(call, x.type);
    const shifts = call.dims("shift", axes.length);
    return call.result(() =>
      axes.reduce((y, axis, i) => rolled(call.ctx.facts, y, axis, shifts[i] ?? int(0)), x),
    );
  },
};

function rolled(facts: Facts, x: Value, axis: number, shift: Dim): Value {
  const size = x.type.shape[axis] ?? int(1);
  const tail = turned(facts, shift, size);
  const kept = sub(size, tail);
  const head = ops.sliceAxis(x, axis, int(0), kept);
  const last = ops.sliceAxis(x, axis, kept, tail);
  return ops.concat(last, head, { axis });
}

const unfold: Primitive = {
  name: "unfold",
  doc: "Sliding windows over an axis: the axis counts windows, a new last axis counts places in one.",
  params: ["x", "axis?", "size", "stride?", "padding?", "dilation?"],
  apply: (call) => {
    const x = call.tensor("x");
    const axis = call.axis("axis", x.type, -1);
    const one = int(1);
    const attrs = {
      axis,
      size: call.dim("size"),
      stride: call.dim("stride", one),
      padding: call.dim("padding", int(0)),
      dilation: call.dim("dilation", one),
    };
    return call.result(() => ops.unfold(x, attrs));
  },
};

export const movement: readonly Primitive[] = [
  reshape,
  pattern(
    "rearrange",
    "Splits, joins and permutes axes by name: `rearrange(x, [b t (H k) -> b H t k])`.",
  ),
  pattern("repeat", "As `rearrange`, and repeats along axes that are only on the right."),
  einsumPrimitive,
  concat,
  stack,
  split,
  pad,
  flip,
  roll,
  unfold,
];
