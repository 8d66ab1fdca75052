// Operators that work element by element: arithmetic, functions of one number, activations, comparisons.
import { Miss, num, range, reshaped, type Call, type Family, type Translate } from "../writer.js";

/**
 * The inputs with leading axes of 1 where their ranks differ and the longer one would have to stretch as well, which the
 * language wants to be written.
 */
export function aligned(call: Call, from = 0): readonly string[] {
  const shapes = range(call.count - from, from).map((i) => call.shape(i));
  const rank = Math.max(...shapes.map((shape) => shape.length));
  const longest = shapes.filter((shape) => shape.length === rank);
  return shapes.map((shape, i) => {
    const name = call.x(from + i);
    const lead = rank - shape.length;
    const isSafe = longest.every((long) =>
      shape.every((size, axis) => long[lead + axis] === size || size === 1),
    );
    if (lead === 0 || shape.length === 0 || isSafe) return name;
    return call.let(reshaped(name, shape, [...range(lead).map(() => 1), ...shape]));
  });
}

const unary =
  (name: string): Translate =>
  (call) =>
    `${name}(${call.x()})`;

/** A formula of one input, whose name comes first. */
const formula =
  (write: (x: string, call: Call) => string): Translate =>
  (call) =>
    write(call.x(), call);

const infix =
  (symbol: string): Translate =>
  (call) =>
    aligned(call).join(` ${symbol} `);

/** A function of two tensors, over any number of them. */
const folded =
  (name: string): Translate =>
  (call) =>
    aligned(call).reduce((a, b) => `${name}(${a}, ${b})`);

const isFloat = (call: Call, index: number): boolean => call.operand(index).type.dtype === "f32";

/** A power takes numbers of one type; the result has that of the base. */
function power(call: Call): string {
  const [base = "", exponent = ""] = aligned(call).map((name, i) =>
    isFloat(call, i) ? name : `cast(${name}, f32)`,
  );
  const text = `pow(${base}, ${exponent})`;
  return isFloat(call, 0) ? text : `cast(round(${text}), ${call.operand(0).type.dtype})`;
}

/** The remainder with the sign of the dividend (`fmod`), or of the divisor as the language has it. */
function remainder(call: Call): string {
  const [a = "", b = ""] = aligned(call);
  if (call.int("fmod", 0) === 0) return `${a} % ${b}`;
  return `sign(${a}) * (abs(${a}) % abs(${b}))`;
}

/** A quotient; whole numbers are cut off toward zero, where the language rounds down. */
const quotient: Translate = (call) => {
  const [a = "", b = ""] = aligned(call);
  if (call.operand(0).type.dtype !== "i32") return `${a} / ${b}`;
  return `sign(${a}) * sign(${b}) * (abs(${a}) / abs(${b}))`;
};

function clip(call: Call): string {
  const x = call.x();
  const above = call.has(1) ? `max(${x}, ${call.x(1)})` : x;
  return call.has(2) ? `min(${above}, ${call.x(2)})` : above;
}

const isFinite: Translate = () => {
  throw new Miss(
    "what is infinite or no number has no test: kernels of WebGPU may assume that neither occurs",
  );
};

const elu = (x: string, alpha: number): string =>
  `select(${x} > 0, ${x}, ${num(alpha)} * (exp(min(${x}, 0)) - 1))`;

const activations: Family = {
  Relu: unary("relu"),
  Sigmoid: unary("sigmoid"),
  Tanh: unary("tanh"),
  Softplus: unary("softplus"),
  Softsign: formula((x) => `${x} / (1 + abs(${x}))`),
  HardSwish: unary("hardswish"),
  LeakyRelu: formula((x, call) => `leaky_relu(${x}, slope = ${num(call.float("alpha", 0.01))})`),
  Elu: formula((x, call) => `elu(${x}, alpha = ${num(call.float("alpha", 1))})`),
  Celu: formula((x, call) => {
    const alpha = num(call.float("alpha", 1));
    return `max(${x}, 0) + ${alpha} * (exp(min(${x}, 0) / ${alpha}) - 1)`;
  }),
  Selu: formula((x, call) => {
    const alpha = call.float("alpha", 1.6732632423543772);
    return `${num(call.float("gamma", 1.0507009873554805))} * ${elu(x, alpha)}`;
  }),
  PRelu: (call) => {
    const [x = "", slope = ""] = aligned(call);
    return `select(${x} > 0, ${x}, ${slope} * ${x})`;
  },
  ThresholdedRelu: formula((x, call) => `select(${x} > ${num(call.float("alpha", 1))}, ${x}, 0)`),
  HardSigmoid: formula((x, call) => {
    const [alpha, beta] = [num(call.float("alpha", 0.2)), num(call.float("beta", 0.5))];
    return `max(min(${alpha} * ${x} + ${beta}, 1), 0)`;
  }),
  Shrink: formula((x, call) => {
    const [edge, bias] = [num(call.float("lambd", 0.5)), num(call.float("bias", 0))];
    return `select(${x} < -${edge}, ${x} + ${bias}, select(${x} > ${edge}, ${x} - ${bias}, 0))`;
  }),
};

/** Operators that work element by element. */
export const pointwise: Family = {
  ...activations,
  Abs: unary("abs"),
  Acos: unary("acos"),
  Acosh: unary("acosh"),
  Asin: unary("asin"),
  Asinh: unary("asinh"),
  Atan: unary("atan"),
  Atanh: unary("atanh"),
  Ceil: unary("ceil"),
  Cos: unary("cos"),
  Cosh: unary("cosh"),
  Erf: unary("erf"),
  Exp: unary("exp"),
  Floor: unary("floor"),
  Identity: (call) => call.x(),
  Log: unary("log"),
  Neg: formula((x) => `-${x}`),
  Not: formula((x) => `not ${x}`),
  Reciprocal: formula((x) => `1 / ${x}`),
  Round: unary("round"),
  Sign: unary("sign"),
  Sin: unary("sin"),
  Sinh: unary("sinh"),
  Sqrt: unary("sqrt"),
  Tan: unary("tan"),
  Add: infix("+"),
  Sub: infix("-"),
  Mul: infix("*"),
  Div: quotient,
  Sum: infix("+"),
  Mean: (call) => `(${aligned(call).join(" + ")}) / ${String(call.count)}`,
  Max: folded("max"),
  Min: folded("min"),
  Mod: remainder,
  Pow: power,
  Clip: clip,
  And: infix("and"),
  Or: infix("or"),
  Greater: infix(">"),
  GreaterOrEqual: infix(">="),
  Less: infix("<"),
  LessOrEqual: infix("<="),
  Equal: infix("=="),
  Where: (call) => `select(${aligned(call).join(", ")})`,
  IsInf: isFinite,
  IsNaN: isFinite,
};
