// Comparison, logic and choice.
import { op, type OpFn } from "../ir/graph.js";
import type { Op, Sample, Value } from "../ir/op.js";
import type { IntrinsicName } from "../scalar/intrinsics.js";
import { fillLike } from "./broadcast.js";
import {
  all,
  differentDtypes,
  equalShapes,
  likeBoth,
  likeOperand,
  typedIf,
  typed,
  wrongDtype,
} from "./rules.js";
import { bool, f32, i32 } from "./samples.js";

/** A function of two tensors of one shape. */
export type Binary = OpFn<[a: Value, b: Value], Record<never, never>>;
/** A function of one tensor. */
export type Unary = OpFn<[x: Value], Record<never, never>>;

const relation = (
  name: string,
  fn: IntrinsicName,
  words: string,
): Op<[a: Value, b: Value], object> => ({
  name,
  doc: `Whether \`a\` ${words} \`b\`, element by element.`,
  operands: ["a", "b"],
  type: likeBoth(fn === "eq" || fn === "ne" ? "any" : "number", "bool"),
  vjp: () => [null, null],
  lower: { kind: "pointwise", body: (s, [a, b]) => s.call(fn, ...pair(a, b)) },
  samples: [
    { operands: [f32(3, 5), f32(3, 5)], attrs: {} },
    { operands: [f32(7), f32(7)], attrs: {}, values: ties },
    { operands: [i32(2, 3), i32(2, 3)], attrs: {} },
  ],
});

const ties = { 0: [-1, 0, 1, 2, 3, -2, 0.5], 1: [-1, 0, 1, 3, 2, -3, 0.25] };

/** Equal, element by element. */
export const eq: Binary = op(relation("eq", "eq", "equals"));
/** Different, element by element. */
export const ne: Binary = op(relation("ne", "ne", "differs from"));
/** Less, element by element. */
export const lt: Binary = op(relation("lt", "lt", "is less than"));
/** Less or equal, element by element. */
export const le: Binary = op(relation("le", "le", "is at most"));
/** Greater, element by element. */
export const gt: Binary = op(relation("gt", "gt", "is greater than"));
/** Greater or equal, element by element. */
export const ge: Binary = op(relation("ge", "ge", "is at least"));

const logicSamples: readonly Sample<object>[] = [
  { operands: [bool(4), bool(4)], attrs: {}, values: { 0: [0, 0, 1, 1], 1: [0, 1, 0, 1] } },
  { operands: [bool(3, 5), bool(3, 5)], attrs: {} },
];

/** Both, element by element. */
export const and: Binary = op<[a: Value, b: Value]>({
  name: "and",
  doc: "Whether both are true.",
  operands: ["a", "b"],
  type: likeBoth("bool"),
  vjp: () => [null, null],
  lower: { kind: "pointwise", body: (s, [a, b]) => s.call("and", ...pair(a, b)) },
  samples: logicSamples,
});

/** Either, element by element. */
export const or: Binary = op<[a: Value, b: Value]>({
  name: "or",
  doc: "Whether either is true.",
  operands: ["a", "b"],
  type: likeBoth("bool"),
  vjp: () => [null, null],
  lower: { kind: "pointwise", body: (s, [a, b]) => s.call("or", ...pair(a, b)) },
  samples: logicSamples,
});

/** Not, element by element. */
export const not: Unary = op<[x: Value]>({
  name: "not",
  doc: "Whether it is false.",
  operands: ["x"],
  type: likeOperand("bool"),
  vjp: () => [null],
  lower: { kind: "pointwise", body: (s, args) => s.call("not", ...args) },
  algebra: { isInvolution: true },
  samples: [
    { operands: [bool(2)], attrs: {}, values: { 0: [0, 1] } },
    { operands: [bool(3, 5)], attrs: {} },
  ],
});

/** Whether a number is neither infinite nor no number at all, as an overflow leaves it. */
export const isFinite: Unary = op<[x: Value]>({
  name: "is_finite",
  doc: "Whether a number is finite: neither infinite nor no number.",
  operands: ["x"],
  type: ([x]) => wrongDtype(0, x, "float") ?? typed("bool", x.shape),
  vjp: () => [null],
  lower: {
    kind: "pointwise",
    body: (s, [x]) => s.call("finite", s.convert(x ?? s.lit(0, "f32"), "f32")),
  },
  samples: [
    { operands: [f32(3, 5)], attrs: {} },
    { operands: [f32(4)], attrs: {}, values: { 0: [0, -3.4028234663852886e38, 1e-45, 7] } },
  ],
});

/** `condition ? a : b`, element by element. Both sides are computed. */
export const select: OpFn<[condition: Value, a: Value, b: Value], Record<never, never>> = op<
  [condition: Value, a: Value, b: Value]
>({
  name: "select",
  doc: "`a` where the condition holds, `b` elsewhere.",
  operands: ["condition", "a", "b"],
  type: ([condition, a, b]) =>
    wrongDtype(0, condition, "bool") ??
    differentDtypes(1, a, 2, b) ??
    typedIf(a.dtype, a.shape, all([equalShapes(1, a, 2, b), equalShapes(0, condition, 1, a)])),
  vjp: (g, [condition]) => {
    const zero = fillLike(g, 0);
    return [null, select(condition, g, zero), select(condition, zero, g)];
  },
  lower: { kind: "pointwise", body: (s, args) => s.call("select", ...args) },
  simplify: ([, a, b]) => (a === b ? a : null),
  samples: [
    { operands: [bool(7), f32(7), f32(7)], attrs: {} },
    { operands: [bool(3, 5), f32(3, 5), f32(3, 5)], attrs: {} },
    { operands: [bool(3), i32(3), i32(3)], attrs: {} },
  ],
});

/** Two operands of a body. */
export function pair<T>(a: T | undefined, b: T | undefined): [T, T] {
  if (a === undefined || b === undefined) throw new RangeError("a body of two operands got fewer");
  return [a, b];
}
