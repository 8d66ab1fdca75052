// Kernels that work element by element.
import {
  dl,
  OutsideLanguage,
  shapeText,
  type ElementType,
  type Expression,
  type Text,
} from "../expressions.js";
import type { Kernel, Kernels } from "./kernel.js";
import { aligned, broadcast, broadcastShape, cast, elementwise, like } from "./shapes.js";
import { computed } from "../expressions.js";

const unary =
  (text: (x: Expression) => Text): Kernel =>
  ({ tensor }) => {
    const x = tensor("x");
    return like(x, text(x));
  };

/** A function of floats, by name; whole numbers become floats. */
const named =
  (name: string): Kernel =>
  ({ tensor }) => {
    const float = cast(tensor("x"), "f32");
    return like(float, dl`${name}(${float})`);
  };

/** A function of floats that keeps whole numbers whole. */
const whole =
  (name: string): Kernel =>
  (args, tf) => {
    const result = [named(name)(args, tf)].flat()[0];
    if (!result) throw new Error("no result");
    return cast(result, args.tensor("x").dtype);
  };

const binary =
  (text: (a: Expression, b: Expression) => Text, dtype?: ElementType): Kernel =>
  ({ tensor }) => {
    const [a, b] = [tensor("a"), tensor("b")];
    return elementwise(dtype ?? a.dtype, [a, b], text);
  };

/** A comparison; booleans are compared as whole numbers. */
const comparison =
  (operator: string): Kernel =>
  ({ tensor }) => {
    const [a, b] = [tensor("a"), tensor("b")].map((x) => (x.dtype === "bool" ? cast(x, "i32") : x));
    if (!a || !b) throw new Error("a comparison has two operands");
    return elementwise("bool", [a, b], (l, r) => dl`${l} ${operator} ${r}`);
  };

const notFinite: Kernel = () => {
  throw new OutsideLanguage("tests for NaN and infinities");
};

/** Numbers as floats, for a quotient of whole numbers that is rounded down. */
const floorDiv: Kernel = ({ tensor }) => {
  const [a, b] = [tensor("a"), tensor("b")];
  const [l, r] = [cast(a, "f32"), cast(b, "f32")];
  return cast(
    elementwise("f32", [l, r], (p, q) => dl`floor(${p} / ${q})`),
    a.dtype,
  );
};

const select: Kernel = ({ tensor }) => {
  const [condition, t, e] = [tensor("condition"), tensor("t"), tensor("e")];
  const isWhole = t.dtype === "bool";
  const [a, b] = isWhole ? [cast(t, "i32"), cast(e, "i32")] : [t, e];
  const rank = Math.max(t.shape.length, condition.shape.length);
  const lead = condition.shape.length === 1 && rank > 1 ? rank - 1 : 0;
  const mask = lead
    ? computed(
        "bool",
        [...condition.shape, ...Array<number>(lead).fill(1)],
        dl`reshape(${condition}, [${[...condition.shape, ...Array<number>(lead).fill(1)].join(", ")}])`,
      )
    : condition;
  const shape = broadcastShape([mask.shape, a.shape, b.shape]);
  const [c, x, y] = aligned([mask, a, b]);
  if (!c || !x || !y) throw new Error("a choice has three operands");
  return cast(computed(a.dtype, shape, dl`select(${c}, ${x}, ${y})`), t.dtype);
};

const addAll: Kernel = ({ tensors }) => {
  const [first, ...others] = tensors;
  if (!first) throw new Error("nothing to add");
  return like(
    first,
    others.reduce<Text>((sum, x) => dl`${sum} + ${x}`, dl`${first}`),
  );
};

const castTo: Kernel = ({ tensor, attrs }) => {
  const names: Readonly<Record<string, ElementType>> = {
    float32: "f32",
    int32: "i32",
    bool: "bool",
  };
  const dtype = names[String(attrs["dtype"])];
  if (!dtype) throw new OutsideLanguage("complex numbers");
  return cast(tensor("x"), dtype);
};

const filled =
  (value: number): Kernel =>
  ({ tensor }) => {
    const x = tensor("x");
    if (x.dtype === "bool") return like(x, dl`full(${shapeText(x.shape, "bool")}, ${value !== 0})`);
    return like(x, dl`${value === 0 ? "zeros_like" : "ones_like"}(${x})`);
  };

const prelu: Kernel = ({ tensor }) => {
  const [x, alpha] = [cast(tensor("x"), "f32"), cast(tensor("alpha"), "f32")];
  return elementwise("f32", [x, alpha], (l, r) => dl`select(${l} >= 0, ${l}, ${r} * ${l})`);
};

/** Kernels by tfjs's names. */
export const pointwise: Kernels = {
  Abs: unary((x) => dl`abs(${x})`),
  Acos: named("acos"),
  Acosh: named("acosh"),
  Asin: named("asin"),
  Asinh: named("asinh"),
  Atan: named("atan"),
  Atanh: named("atanh"),
  Ceil: whole("ceil"),
  Cos: named("cos"),
  Cosh: named("cosh"),
  Erf: named("erf"),
  Exp: named("exp"),
  Expm1: named("expm1"),
  Floor: whole("floor"),
  Log: named("log"),
  Log1p: named("log1p"),
  Neg: unary((x) => dl`-${x}`),
  Reciprocal: named("reciprocal"),
  Round: whole("round"),
  Rsqrt: named("rsqrt"),
  Sigmoid: named("sigmoid"),
  Sign: unary((x) => dl`sign(${x})`),
  Sin: named("sin"),
  Sinh: named("sinh"),
  Sqrt: named("sqrt"),
  Square: unary((x) => dl`${x} * ${x}`),
  Tan: named("tan"),
  Tanh: named("tanh"),
  Relu: whole("relu"),
  Relu6: whole("relu6"),
  Elu: named("elu"),
  Selu: named("selu"),
  Softplus: named("softplus"),
  LeakyRelu: ({ tensor, number }) => {
    const x = cast(tensor("x"), "f32");
    return like(x, dl`leaky_relu(${x}, slope = ${number("alpha")})`);
  },
  Prelu: prelu,
  Step: ({ tensor, number }) => {
    const x = cast(tensor("x"), "f32");
    const steps = like(x, dl`select(${x} > 0, ones_like(${x}), ${number("alpha")})`);
    return cast(steps, tensor("x").dtype);
  },
  ClipByValue: ({ tensor, number }) => {
    const x = cast(tensor("x"), "f32");
    const [low, high] = [number("clipValueMin"), number("clipValueMax")];
    return cast(like(x, dl`clamp(${x}, ${low}, ${high})`), tensor("x").dtype);
  },
  Add: binary((a, b) => dl`${a} + ${b}`),
  AddN: addAll,
  Sub: binary((a, b) => dl`${a} - ${b}`),
  Multiply: binary((a, b) => dl`${a} * ${b}`),
  RealDiv: binary((a, b) => dl`${a} / ${b}`),
  FloorDiv: floorDiv,
  Mod: binary((a, b) => dl`${a} % ${b}`),
  Maximum: binary((a, b) => dl`max(${a}, ${b})`),
  Minimum: binary((a, b) => dl`min(${a}, ${b})`),
  Pow: ({ tensor }) => {
    const [a, b] = [tensor("a"), tensor("b")];
    const power = elementwise(
      "f32",
      [cast(a, "f32"), cast(b, "f32")],
      (l, r) => dl`pow(${l}, ${r})`,
    );
    return a.dtype === "f32" ? power : cast(like(power, dl`round(${power})`), a.dtype);
  },
  Atan2: ({ tensor }) => {
    const [a, b] = [tensor("a"), tensor("b")];
    const shape = broadcastShape([a.shape, b.shape]);
    return computed("f32", shape, dl`atan2(${broadcast(a, shape)}, ${broadcast(b, shape)})`);
  },
  SquaredDifference: binary((a, b) => dl`(${a} - ${b}) * (${a} - ${b})`),
  Equal: comparison("=="),
  NotEqual: comparison("!="),
  Less: comparison("<"),
  LessEqual: comparison("<="),
  Greater: comparison(">"),
  GreaterEqual: comparison(">="),
  LogicalAnd: binary((a, b) => dl`${a} and ${b}`, "bool"),
  LogicalOr: binary((a, b) => dl`${a} or ${b}`, "bool"),
  LogicalXor: binary((a, b) => dl`(${a} or ${b}) and not (${a} and ${b})`, "bool"),
  LogicalNot: unary((x) => dl`not ${x}`),
  Select: select,
  Cast: castTo,
  Identity: ({ tensor }) => {
    const x = tensor("x");
    return like(x, dl`${x}`);
  },
  ZerosLike: filled(0),
  OnesLike: filled(1),
  IsFinite: notFinite,
  IsInf: notFinite,
  IsNan: notFinite,
};
