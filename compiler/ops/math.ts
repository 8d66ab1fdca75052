// Powers, exponentials, trigonometry and their kin, element by element.
import { op } from "../ir/graph.js";
import type { Sample, Value } from "../ir/op.js";
import { fillLike } from "./broadcast.js";
import { and, eq, gt, pair, select, type Binary, type Unary } from "./compare.js";
import { div, mul, neg, sub } from "./elementwise.js";
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
