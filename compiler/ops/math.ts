// Powers, exponentials, trigonometry and their kin, element by element.
import { op } from "../ir/graph.js";
import type { Sample, Value } from "../ir/op.js";
import { fillLike } from "./broadcast.js";
import { and, eq, gt, pair, select, type Binary, type Unary } from "./compare.js";
import { abs, add, div, minimum, mul, neg, sub } from "./elementwise.js";
import { likeBoth, likeOperand } from "./rules.js";
import { f32 } from "./samples.js";

const anywhere: readonly Sample<object>[] = [
  { operands: [f32(3, 5)], attrs: {} },
  { operands: [f32()], attrs: {} },
  { operands: [f32(1, 7, 2)], attrs: {}, between: [-4, 4] },
];
const positive: readonly Sample<object>[] = [
  { operands: [f32(3, 5)], attrs: {}, between: [0.3, 3] },
  { operands: [f32()], attrs: {}, between: [0.5, 1.5] },
  { operands: [f32(7)], attrs: {}, between: [5, 50] },
];

const times = (x: Value, factor: number): Value => mul(x, fillLike(x, factor));

/** `e ** x`. */
export const exp: Unary = op<[x: Value]>({
  name: "exp",
  doc: "Exponential function.",
  operands: ["x"],
  type: likeOperand("float"),
  vjp: (g, _, out) => [mul(g, out)],
  lower: { kind: "pointwise", body: (s, args) => s.call("exp", ...args) },
  samples: anywhere,
});

/** Natural logarithm. */
export const log: Unary = op<[x: Value]>({
  name: "log",
  doc: "Natural logarithm.",
  operands: ["x"],
  type: likeOperand("float"),
  vjp: (g, [x]) => [div(g, x)],
  lower: { kind: "pointwise", body: (s, args) => s.call("log", ...args) },
  samples: positive,
});

/** Square root. */
export const sqrt: Unary = op<[x: Value]>({
  name: "sqrt",
  doc: "Square root.",
  operands: ["x"],
  type: likeOperand("float"),
  vjp: (g, _, out) => [div(times(g, 0.5), out)],
  lower: { kind: "pointwise", body: (s, args) => s.call("sqrt", ...args) },
  samples: positive,
});

/** `1 / sqrt(x)`. */
export const rsqrt: Unary = op<[x: Value]>({
  name: "rsqrt",
  doc: "One over the square root.",
  operands: ["x"],
  type: likeOperand("float"),
  vjp: (g, _, out) => [mul(times(g, -0.5), mul(out, mul(out, out)))],
  lower: { kind: "pointwise", body: (s, args) => s.call("rsqrt", ...args) },
  samples: positive,
});

/** Sine of radians. */
export const sin: Unary = op<[x: Value]>({
  name: "sin",
  doc: "Sine of an angle in radians.",
  operands: ["x"],
  type: likeOperand("float"),
  vjp: (g, [x]) => [mul(g, cos(x))],
  lower: { kind: "pointwise", body: (s, args) => s.call("sin", ...args) },
  samples: anywhere,
});

/** Cosine of radians. */
export const cos: Unary = op<[x: Value]>({
  name: "cos",
  doc: "Cosine of an angle in radians.",
  operands: ["x"],
  type: likeOperand("float"),
  vjp: (g, [x]) => [neg(mul(g, sin(x)))],
  lower: { kind: "pointwise", body: (s, args) => s.call("cos", ...args) },
  samples: anywhere,
});

/** Hyperbolic tangent. */
export const tanh: Unary = op<[x: Value]>({
  name: "tanh",
  doc: "Hyperbolic tangent.",
  operands: ["x"],
  type: likeOperand("float"),
  vjp: (g, _, out) => [sub(g, mul(g, mul(out, out)))],
  lower: { kind: "pointwise", body: (s, args) => s.call("tanh", ...args) },
  samples: anywhere,
});

/** `1 / (1 + e ** -x)`. */
export const sigmoid: Unary = op<[x: Value]>({
  name: "sigmoid",
  doc: "Logistic function.",
  operands: ["x"],
  type: likeOperand("float"),
  vjp: (g, _, out) => [mul(g, sub(out, mul(out, out)))],
  lower: { kind: "pointwise", body: (s, args) => s.call("sigmoid", ...args) },
  samples: anywhere,
});

/** Error function. */
export const erf: Unary = op<[x: Value]>({
  name: "erf",
  doc: "Error function.",
  operands: ["x"],
  type: likeOperand("float"),
  vjp: (g, [x]) => [mul(times(g, 2 / Math.sqrt(Math.PI)), exp(neg(mul(x, x))))],
  lower: { kind: "pointwise", body: (s, args) => s.call("erf", ...args) },
  samples: anywhere,
});

/** `log(1 + x)`, right also where `1 + x` would lose `x`. */
export const log1p: Unary = op<[x: Value]>({
  name: "log1p",
  doc: "Logarithm of 1 + x, accurate near 0.",
  operands: ["x"],
  type: likeOperand("float"),
  vjp: (g, [x]) => [div(g, add(x, fillLike(x, 1)))],
  lower: { kind: "pointwise", body: (s, args) => s.call("log1p", ...args) },
  samples: [...positive, { operands: [f32(7)], attrs: {}, between: [-0.7, 0.7] }],
});

/** `e ** x - 1`, right also where the subtraction would lose everything. */
export const expm1: Unary = op<[x: Value]>({
  name: "expm1",
  doc: "Exponential function less 1, accurate near 0.",
  operands: ["x"],
  type: likeOperand("float"),
  vjp: (g, [x]) => [mul(g, exp(x))],
  lower: { kind: "pointwise", body: (s, args) => s.call("expm1", ...args) },
  samples: anywhere,
});

/** The angle whose tangent is `x`, between -pi/2 and pi/2. */
export const atan: Unary = op<[x: Value]>({
  name: "atan",
  doc: "The angle in radians whose tangent is x.",
  operands: ["x"],
  type: likeOperand("float"),
  vjp: (g, [x]) => {
    // Beyond 1e18 the slope is 0 in f32, and the square would overflow.
    const near = minimum(abs(x), fillLike(x, 1e18));
    return [div(g, add(mul(near, near), fillLike(x, 1)))];
  },
  lower: { kind: "pointwise", body: (s, args) => s.call("atan", ...args) },
  samples: anywhere,
});

/** The angle whose sine is `x`, for `x` from -1 to 1. */
export const asin: Unary = op<[x: Value]>({
  name: "asin",
  doc: "The angle in radians whose sine is x.",
  operands: ["x"],
  type: likeOperand("float"),
  vjp: (g, [x]) => {
    const one = fillLike(x, 1);
    return [mul(g, rsqrt(mul(sub(one, x), add(one, x))))];
  },
  lower: { kind: "pointwise", body: (s, args) => s.call("asin", ...args) },
  samples: [
    { operands: [f32(3, 5)], attrs: {}, between: [-0.9, 0.9] },
    { operands: [f32()], attrs: {}, between: [-0.4, 0.4] },
  ],
});

/** `a ** b` for real exponents; a constant whole exponent is better written as products. */
export const pow: Binary = op<[a: Value, b: Value]>({
  name: "pow",
  doc: "One number to the power of another.",
  operands: ["a", "b"],
  type: likeBoth("float"),
  vjp: (g, [a, b], out) => {
    const one = fillLike(a, 1);
    const zero = fillLike(a, 0);
    // 0 ** 0 has slope 0, not 0 * 0 ** -1; and the logarithm of what is not positive has no part in the gradient.
    const isOrigin = and(eq(a, zero), eq(b, zero));
    const slope = mul(b, pow(a, select(isOrigin, one, sub(b, one))));
    const isPositive = gt(a, zero);
    const growth = select(isPositive, mul(out, log(select(isPositive, a, one))), zero);
    return [mul(g, slope), mul(g, growth)];
  },
  lower: { kind: "pointwise", body: (s, [a, b]) => s.call("pow", ...pair(a, b)) },
  samples: [
    { operands: [f32(3, 5), f32(3, 5)], attrs: {}, between: [0.3, 2.5] },
    { operands: [f32(), f32()], attrs: {}, between: [1, 2] },
    {
      operands: [f32(7), f32(7)],
      attrs: {},
      values: { 0: [0.5, 1, 2, 3, 0.1, 1.7, 2.2], 1: [-2, -1, 0, 1, 2, 3, 0.5] },
    },
  ],
});
