// Arithmetic, element by element.
import { op, type OpFn } from "../ir/graph.js";
import type { Sample, Value } from "../ir/op.js";
import type { ScalarBuilder, ScalarExpr } from "../scalar/expr.js";
import { isFloat, type Dtype } from "../types/dtype.js";
import { fillLike } from "./broadcast.js";
import { eq, gt, lt, pair, select, type Binary, type Unary } from "./compare.js";
import { likeBoth, likeOperand, typed, wrongDtype } from "./rules.js";
import { bool, f32, i32 } from "./samples.js";

const two: readonly Sample<object>[] = [
  { operands: [f32(3, 5), f32(3, 5)], attrs: {} },
  { operands: [f32(), f32()], attrs: {} },
  { operands: [f32(1, 7, 2), f32(1, 7, 2)], attrs: {} },
];
const one: readonly Sample<object>[] = [
  { operands: [f32(3, 5)], attrs: {} },
  { operands: [f32()], attrs: {} },
  { operands: [f32(1, 7, 2)], attrs: {} },
];
/** Away from zero, where quotients and kinks are. */
const divisors: readonly Sample<object>[] = [
  { operands: [f32(3, 5), f32(3, 5)], attrs: {}, between: [0.5, 3] },
  { operands: [f32(2, 2), f32(2, 2)], attrs: {}, values: { 1: [-3, -0.7, 0.6, 2] } },
];
/** Whole numbers and ties are avoided: there the function has no derivative. */
const steps: readonly Sample<object>[] = [
  { operands: [f32(8)], attrs: {}, values: { 0: [-2.3, -1.6, -0.7, -0.2, 0.3, 0.6, 1.7, 2.4] } },
  { operands: [f32(2, 1)], attrs: {}, values: { 0: [0.1, -0.9] } },
];

/** `-x`. */
export const neg: Unary = op<[x: Value]>({
  name: "neg",
  doc: "The number with the other sign.",
  operands: ["x"],
  type: likeOperand("signed"),
  vjp: (g) => [neg(g)],
  lower: { kind: "pointwise", body: (s, args) => s.call("neg", ...args) },
  algebra: { isInvolution: true },
  samples: one,
});

/** `a + b`; integers wrap. */
export const add: Binary = op<[a: Value, b: Value]>({
  name: "add",
  doc: "Sum of two tensors.",
  operands: ["a", "b"],
  type: likeBoth("number"),
  vjp: (g) => [g, g],
  lower: { kind: "pointwise", body: (s, [a, b]) => s.call("add", ...pair(a, b)) },
  samples: [...two, { operands: [i32(5), i32(5)], attrs: {} }],
});

/** `a - b`; integers wrap. */
export const sub: Binary = op<[a: Value, b: Value]>({
  name: "sub",
  doc: "Difference of two tensors.",
  operands: ["a", "b"],
  type: likeBoth("number"),
  vjp: (g) => [g, neg(g)],
  lower: { kind: "pointwise", body: (s, [a, b]) => s.call("sub", ...pair(a, b)) },
  samples: [...two, { operands: [i32(5), i32(5)], attrs: {} }],
});

/** `a * b`; integers wrap. */
export const mul: Binary = op<[a: Value, b: Value]>({
  name: "mul",
  doc: "Product of two tensors, element by element.",
  operands: ["a", "b"],
  type: likeBoth("number"),
  vjp: (g, [a, b]) => [mul(g, b), mul(g, a)],
  lower: { kind: "pointwise", body: (s, [a, b]) => s.call("mul", ...pair(a, b)) },
  samples: [...two, { operands: [i32(5), i32(5)], attrs: {} }],
});

/** `a / b`; integers round down, so that `a == a / b * b + a % b`, and division by zero gives the dividend. */
export const div: Binary = op<[a: Value, b: Value]>({
  name: "div",
  doc: "Quotient of two tensors; integers round down.",
  operands: ["a", "b"],
  type: likeBoth("number"),
  vjp: (g, [, b], out) => {
    const pulled = div(g, b);
    return [pulled, neg(mul(pulled, out))];
  },
  lower: {
    kind: "pointwise",
    body: (s, [left, right]) => {
      const [a, b] = pair(left, right);
      const quotient = s.call("div", a, b);
      if (a.dtype !== "i32") return quotient;
      const below = s.call("sub", quotient, s.lit(1, "i32"));
      return s.call("select", isPastZero(s, s.call("rem", a, b), b), below, quotient);
    },
  },
  samples: [
    ...divisors,
    {
      operands: [i32(6), i32(6)],
      attrs: {},
      values: { 0: [7, -7, 6, 5, 7, -6], 1: [2, 2, -4, 1, -2, 3] },
    },
  ],
});

/** Whether a remainder of truncating division has not the sign of the divisor: the quotient is one too large for it. */
const isPastZero = (s: ScalarBuilder, r: ScalarExpr, b: ScalarExpr): ScalarExpr => {
  const zero = s.lit(0, b.dtype);
  const isOther = s.call("ne", s.call("lt", r, zero), s.call("lt", b, zero));
  return s.call("and", s.call("ne", r, zero), isOther);
};

/** The remainder with the sign of the divisor, as Python and PyTorch have it. */
export const rem: Binary = op<[a: Value, b: Value]>({
  name: "rem",
  doc: "Remainder of the division, with the sign of the divisor.",
  operands: ["a", "b"],
  type: likeBoth("number"),
  vjp: (g, [a, b], out) => [g, neg(mul(g, round(div(sub(a, out), b))))],
  lower: {
    kind: "pointwise",
    body: (s, [left, right]) => {
      const [a, b] = pair(left, right);
      const r = s.call("rem", a, b);
      if (b.dtype === "u32") return r;
      return s.call("select", isPastZero(s, r, b), s.call("add", r, b), r);
    },
  },
  samples: [
    {
      operands: [f32(5), f32(5)],
      attrs: {},
      values: { 0: [7.2, -7.2, 1.3, 5, -0.4], 1: [2, 2, -0.5, 3, -3] },
    },
    {
      operands: [f32(2, 3), f32(2, 3)],
      attrs: {},
      values: { 0: [1, 2, 3, 4, 5, 6], 1: [2.3, 2.3, 0.9, 7, 1.9, 2.7] },
    },
    { operands: [i32(4), i32(4)], attrs: {}, values: { 0: [7, -7, 7, -7], 1: [3, 3, -3, -3] } },
  ],
});

/** The smaller; where both are equal the gradient is shared, as in PyTorch. */
export const minimum: Binary = op<[a: Value, b: Value]>({
  name: "minimum",
  doc: "The smaller of two numbers, element by element.",
  operands: ["a", "b"],
  type: likeBoth("number"),
  vjp: (g, [a, b]) => shareOut(g, lt(a, b), eq(a, b)),
  lower: { kind: "pointwise", body: (s, [a, b]) => s.call("min", ...pair(a, b)) },
  simplify: ([a, b]) => (a === b ? a : null),
  samples: two,
});

/** The larger; where both are equal the gradient is shared, as in PyTorch. */
export const maximum: Binary = op<[a: Value, b: Value]>({
  name: "maximum",
  doc: "The larger of two numbers, element by element.",
  operands: ["a", "b"],
  type: likeBoth("number"),
  vjp: (g, [a, b]) => shareOut(g, gt(a, b), eq(a, b)),
  lower: { kind: "pointwise", body: (s, [a, b]) => s.call("max", ...pair(a, b)) },
  simplify: ([a, b]) => (a === b ? a : null),
  samples: two,
});

/** Gives `g` to the first operand where it wins, half to each in a tie. */
function shareOut(g: Value, isFirst: Value, isTie: Value): readonly Value[] {
  const half = mul(g, fillLike(g, 0.5));
  const first = select(isTie, half, select(isFirst, g, fillLike(g, 0)));
  return [first, sub(g, first)];
}

/** `|x|`; its gradient at 0 is 0. */
export const abs: Unary = op<[x: Value]>({
  name: "abs",
  doc: "The number without its sign.",
  operands: ["x"],
  type: likeOperand("signed"),
  vjp: (g, [x]) => [mul(g, sign(x))],
  lower: { kind: "pointwise", body: (s, args) => s.call("abs", ...args) },
  samples: one,
});

/** -1, 0 or 1. No gradient. */
export const sign: Unary = op<[x: Value]>({
  name: "sign",
  doc: "-1, 0 or 1 by the sign.",
  operands: ["x"],
  type: likeOperand("signed"),
  vjp: () => [null],
  lower: { kind: "pointwise", body: (s, args) => s.call("sign", ...args) },
  samples: steps,
});

/** The largest whole number at most `x`. No gradient. */
export const floor: Unary = op<[x: Value]>({
  name: "floor",
  doc: "The largest whole number that is not above.",
  operands: ["x"],
  type: likeOperand("float"),
  vjp: () => [null],
  lower: { kind: "pointwise", body: (s, args) => s.call("floor", ...args) },
  samples: steps,
});

/** The smallest whole number at least `x`. No gradient. */
export const ceil: Unary = op<[x: Value]>({
  name: "ceil",
  doc: "The smallest whole number that is not below.",
  operands: ["x"],
  type: likeOperand("float"),
  vjp: () => [null],
  lower: { kind: "pointwise", body: (s, args) => s.call("ceil", ...args) },
  samples: steps,
});

/** The nearest whole number; halves go to the even one. No gradient. */
export const round: Unary = op<[x: Value]>({
  name: "round",
  doc: "The nearest whole number; halves go to the even one.",
  operands: ["x"],
  type: likeOperand("float"),
  vjp: () => [null],
  lower: { kind: "pointwise", body: (s, args) => s.call("round", ...args) },
  samples: steps,
});

/** The element type to convert to. */
export interface CastAttrs {
  readonly dtype: Dtype;
}

/** Converts: floats to integers truncate, booleans are 0 and 1. Gradients pass between floats only. */
export const cast: OpFn<[x: Value], CastAttrs> = op<[x: Value], CastAttrs>({
  name: "cast",
  doc: "The same numbers in another dtype; floats to integers truncate.",
  operands: ["x"],
  type: ([x], { dtype }) => typed(dtype, x.shape),
  vjp: (g, [x]) => [isFloat(x.type.dtype) ? cast(g, { dtype: x.type.dtype }) : null],
  lower: {
    kind: "pointwise",
    body: (s, [x], { dtype }) => (x ? s.convert(x, dtype) : s.lit(0, dtype)),
  },
  simplify: ([x], { dtype }) => {
    if (x.type.dtype === dtype) return x;
    return x.type.dtype === "f16" && dtype === "f32" ? widen(x) : null;
  },
  samples: [
    { operands: [f32(3, 5)], attrs: { dtype: "f32" } },
    { operands: [i32(7)], attrs: { dtype: "f32" } },
    { operands: [bool(2)], attrs: { dtype: "f32" }, values: { 0: [0, 1] } },
    { operands: [f32(4)], attrs: { dtype: "i32" }, values: { 0: [-1.7, -0.2, 0.9, 2.5] } },
  ],
});

/** Halves as float32: a way of looking at them, so that kernels that use it read the halves. Cotangents are rounded on their way back. */
export const widen: Unary = op<[x: Value]>({
  name: "widen",
  doc: "The same numbers in float32.",
  operands: ["x"],
  type: ([x]) => wrongDtype(0, x, "float") ?? typed("f32", x.shape),
  vjp: (g, [x]) => [cast(g, { dtype: x.type.dtype })],
  lower: { kind: "view", pieces: (out) => [{ operand: 0, index: out }] },
  simplify: ([x]) => (x.type.dtype === "f32" ? x : null),
  samples: [{ operands: [f32(3, 5)], attrs: {} }],
});

/** `x`, as a constant for differentiation. */
export const stopGradient: Unary = op<[x: Value]>({
  name: "stop_gradient",
  doc: "The same number, through which no gradient flows.",
  operands: ["x"],
  type: likeOperand("any"),
  vjp: () => [null],
  lower: { kind: "pointwise", body: (s, [x]) => x ?? s.lit(0, "f32") },
  samples: [
    { operands: [i32(3)], attrs: {} },
    { operands: [bool(2)], attrs: {} },
  ],
});
