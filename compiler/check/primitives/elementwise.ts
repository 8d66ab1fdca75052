// Elementwise primitives; of static numbers they are static numbers again.
import type { Value } from "../../ir/op.js";
import { broadcastTo } from "../../ops/build.js";
import * as ops from "../../ops/index.js";
import { dtypeFaults, names } from "../../diagnostics/index.js";
import { ceilDiv, int, max, min, mul, type Dim } from "../../types/dim.js";
import { intrinsic, type IntrinsicName } from "../../scalar/intrinsics.js";
import { isFloat } from "../../types/dtype.js";
import {
  dimNumber,
  floatNumber,
  floatOf,
  UNKNOWN,
  type Meaning,
  type NumberMeaning,
} from "../meaning.js";
import { tensorPair } from "../operators.js";
import type { Primitive, PrimitiveCall } from "../primitive.js";

type Emit = (x: Value) => Value;

const unary = (
  name: IntrinsicName,
  emit: Emit & { readonly op: { readonly doc: string } },
): Primitive => ({
  name,
  doc: emit.op.doc,
  params: ["x"],
  apply: (call) => {
    const x = call.meaning("x");
    if (x.kind !== "number") return call.result(() => emit(call.tensor("x")));
    const value = floatOf(x);
    // A float that depends on a size known only at run time is computed there.
    if (value === undefined && x.dim && call.ctx.concrete)
      return call.result(() => emit(call.tensor("x")));
    return floatNumber(value === undefined ? undefined : intrinsic(name).js([value], "f32", "f32"));
  },
});

/** Elementwise extremum of two tensors or dims, or a reduction when given one tensor. */
const extremum = (name: "min" | "max", reduce: (call: PrimitiveCall) => Meaning): Primitive => ({
  name,
  doc: `${name === "min" ? "Smaller" : "Larger"} of two, elementwise; or the ${name === "min" ? "smallest" : "largest"} along axes.`,
  params: ["x", "y?", "axis?", "keep?"],
  takesSizes: true,
  apply: (call) => {
    if (!call.has("y") || call.meaning("y").kind === "pattern") return reduce(call);
    refuseAxes(call);
    const [x, y] = [call.meaning("x"), call.meaning("y")];
    if (x.kind === "number" && y.kind === "number") return extremumOf(name, x, y);
    const pair = tensorPair(call.ctx, [x, call.spanOf("x")], [y, call.spanOf("y")]);
    if (!pair) return UNKNOWN;
    const emit = name === "min" ? ops.minimum : ops.maximum;
    const [a, b] = call.aligned(...pair);
    return call.result(() => emit(a, b));
  },
});

/** Of two values, nothing is reduced: there is no axis to name. */
function refuseAxes(call: PrimitiveCall): void {
  const extra = ["axis", "keep"].find((param) => call.has(param));
  if (extra === undefined) return;
  const at = call.spanOf(extra);
  call.refuse(names.tooManyArguments({ callee: call.name, at, allowed: 2, given: 3 }));
}

/** Of dims a dim, else a float where both are known; of quotients of dims a quotient, which still serves as a dim. */
function extremumOf(name: "min" | "max", x: NumberMeaning, y: NumberMeaning): Meaning {
  const [a, b] = [floatOf(x), floatOf(y)];
  if (a !== undefined && b !== undefined) return Math[name](a, b) === a ? x : y;
  if (!x.dim || !y.dim) return floatNumber();
  const choose = name === "min" ? min : max;
  const whole = dimNumber(choose(x.dim, y.dim));
  if (!x.ratio && !y.ratio) return whole;
  return {
    ...whole,
    ratio: crossed(choose, x.ratio ?? [x.dim, int(1)], y.ratio ?? [y.dim, int(1)]),
  };
}

type Ratio = readonly [numerator: Dim, denominator: Dim];

/** Divisors that are not known are sizes, so multiplying by them keeps the order. */
const crossed = (choose: typeof max, [a, b]: Ratio, [c, d]: Ratio): Ratio => [
  choose(mul(a, d), mul(c, b)),
  mul(b, d),
];

const pow: Primitive = {
  name: "pow",
  doc: "`x` to the power `y`, elementwise.",
  params: ["x", "y"],
  apply: (call) => {
    const pair = tensorPair(
      call.ctx,
      [call.meaning("x"), call.spanOf("x")],
      [call.meaning("y"), call.spanOf("y")],
    );
    if (!pair) return UNKNOWN;
    const [base, exponent] = call.aligned(...pair);
    return call.result(() => ops.pow(base, exponent));
  },
};

const select: Primitive = {
  name: "select",
  doc: "`a` where the condition holds, else `b`; all three broadcast.",
  params: ["condition", "a", "b"],
  apply: (call) => {
    const condition = call.tensor("condition", "bool");
    if (condition.type.dtype !== "bool")
      call.refuse(
        dtypeFaults.condition({ at: call.spanOf("condition"), given: call.named(condition) }),
      );
    const [a, b] = call.aligned(...choices(call));
    // Messages name the operand that has a name: a constant has none.
    const shown = [a, b].find((v) => call.ctx.originOf(v)) ?? a;
    const [mask, joined] = call.aligned(condition, shown);
    const { shape } = joined.type;
    return call.result(() => ops.select(mask, broadcastTo(a, shape), broadcastTo(b, shape)));
  },
};

/** The two tensors that a selection chooses from; numbers beside a tensor have its dtype. */
function choices(call: PrimitiveCall): readonly [Value, Value] {
  const [x, y] = [call.meaning("a"), call.meaning("b")];
  if (x.kind !== "tensor" && y.kind !== "tensor") return [call.tensor("a"), call.tensor("b")];
  return tensorPair(call.ctx, [x, call.spanOf("a")], [y, call.spanOf("b")]) ?? call.end();
}

const cast: Primitive = {
  name: "cast",
  doc: "Converts to another dtype; floats to integers truncate.",
  params: ["x", "dtype"],
  apply: (call) => {
    const dtype = call.dtype("dtype");
    return call.result(() =>
      ops.cast(call.tensor("x", isFloat(dtype) ? dtype : call.ctx.float), { dtype }),
    );
  },
};

const ceilDivPrimitive: Primitive = {
  name: "ceil_div",
  doc: "Quotient of dimensions, rounded up.",
  params: ["a", "b"],
  apply: (call) => dimNumber(ceilDiv(call.dim("a"), call.dim("b"))),
};

const stopGradient: Primitive = {
  name: "stop_gradient",
  doc: "The same value, through which no gradient flows.",
  params: ["x"],
  apply: (call) => {
    call.ctx.isCut = true;
    return call.result(() => ops.stopGradient(call.tensor("x")));
  },
};

export const elementwise = (reduce: {
  min(call: PrimitiveCall): Meaning;
  max(call: PrimitiveCall): Meaning;
}): readonly Primitive[] => [
  unary("exp", ops.exp),
  unary("expm1", ops.expm1),
  unary("log", ops.log),
  unary("log1p", ops.log1p),
  unary("sqrt", ops.sqrt),
  unary("rsqrt", ops.rsqrt),
  unary("sin", ops.sin),
  unary("cos", ops.cos),
  unary("asin", ops.asin),
  unary("atan", ops.atan),
  unary("tanh", ops.tanh),
  unary("sigmoid", ops.sigmoid),
  unary("erf", ops.erf),
  unary("abs", ops.abs),
  unary("sign", ops.sign),
  unary("floor", ops.floor),
  unary("ceil", ops.ceil),
  unary("round", ops.round),
  extremum("min", (call) => reduce.min(call)),
  extremum("max", (call) => reduce.max(call)),
  pow,
  select,
  cast,
  ceilDivPrimitive,
  stopGradient,
];
