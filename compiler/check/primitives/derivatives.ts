// Derivatives as functions: `grad`, `vjp` and `jvp` of anything that can be called on tensors.
import type { Value } from "../../ir/op.js";
import { gradients } from "../../diagnostics/index.js";
import * as ops from "../../ops/index.js";
import { isFloat } from "../../types/dtype.js";
import { UNKNOWN, tensorOf, type Meaning } from "../meaning.js";
import { asTensor } from "../operators.js";
import type { Primitive, PrimitiveCall } from "../primitive.js";

/** The inputs of a derivative: one tensor, or several as a tuple. */
function inputsOf(
  call: PrimitiveCall,
  param: string,
): { readonly values: Value[]; readonly isTuple: boolean } {
  const { kind } = call.meaning(param);
  const values = call.tensorsIn(param);
  return { values, isTuple: kind === "tuple" || kind === "list" };
}

function valueOf(call: PrimitiveCall, inputs: readonly Value[]): Value {
  const f = call.meaning("f");
  // Inputs stand on their own, so that a function which also closes over one is differentiated only through its argument.
  const args = inputs.map((v) => ({ span: call.spanOf("x"), meaning: tensorOf(v) }));
  const out = call.ctx.apply(f, args, call.span, call.spanOf("f"));
  if (out.kind === "unknown") return call.end();
  if (out.kind === "tensor" || out.kind === "number") {
    const value = asTensor(call.ctx, out, call.ctx.float, call.spanOf("f"));
    return value ?? call.end();
  }
  return call.refuse(gradients.notATensor({ at: call.spanOf("f") }));
}

/** A copy of a value that nothing else refers to; derivatives are taken with respect to it. */
const fresh = (v: Value): Value => ops.reshape(v, { shape: v.type.shape });

function pulled(
  call: PrimitiveCall,
  output: Value,
  seed: Value,
  wrt: readonly Value[],
): readonly Value[] {
  const { ctx } = call;
  if (!ctx.concrete) return wrt.map((v) => ctx.opaque(v.type.dtype, v.type.shape));
  const cotangents = ctx.concrete.pullback(output, seed, wrt);
  return cotangents.map((c, i) => c ?? ops.fillLike(wrt[i] ?? seed, 0));
}

const bundle = (values: readonly Value[], isTuple: boolean): Meaning => {
  const items = values.map(tensorOf);
  return isTuple ? { kind: "tuple", items } : (items[0] ?? UNKNOWN);
};

const grad: Primitive = {
  name: "grad",
  doc: "Gradient of a scalar function at `x`: `grad(f, x)`.",
  params: ["f", "x"],
  apply: (call) => {
    const { values, isTuple } = inputsOf(call, "x");
    const wrt = values.map(fresh);
    const y = valueOf(call, wrt);
    if (y.type.shape.length > 0 || !isFloat(y.type.dtype))
      call.refuse(gradients.nonScalar({ at: call.spanOf("f"), type: y.type, what: "`grad`" }));
    return bundle(pulled(call, y, ops.fillLike(y, 1), wrt), isTuple);
  },
};

const vjp: Primitive = {
  name: "vjp",
  doc: "Product of a cotangent with the Jacobian of `f` at `x`: `vjp(f, x, ct)`.",
  params: ["f", "x", "cotangent"],
  apply: (call) => {
    const { values, isTuple } = inputsOf(call, "x");
    const wrt = values.map(fresh);
    const y = valueOf(call, wrt);
    const seed = call.tensor("cotangent");
    refuseOther(call, "cotangent", y, seed);
    return bundle(pulled(call, y, seed, wrt), isTuple);
  },
};

/** Forward mode by reverse mode twice: the pullback is linear in its cotangent, and its own pullback is the pushforward. */
const jvp: Primitive = {
  name: "jvp",
  doc: "Product of the Jacobian of `f` at `x` with a tangent: `jvp(f, x, t)`.",
  params: ["f", "x", "tangent"],
  apply: (call) => {
    const { values } = inputsOf(call, "x");
    const tangents = inputsOf(call, "tangent").values;
    values.forEach((v, i) => refuseOther(call, "tangent", v, tangents[i] ?? v));
    const wrt = values.map(fresh);
    const y = valueOf(call, wrt);
    if (!call.ctx.concrete) return tensorOf(call.ctx.opaque(y.type.dtype, y.type.shape));
    const seed = fresh(ops.fillLike(y, 0));
    const back = pulled(call, y, seed, wrt);
    const paired = back.map((b, i) =>
      ops.sumOver(
        ops.mul(b, tangents[i] ?? b),
        b.type.shape.map((_, axis) => axis),
      ),
    );
    const total = paired.reduce((a, b) => ops.add(a, b));
    return bundle(pulled(call, total, ops.fillLike(total, 1), [seed]), false);
  },
};

function refuseOther(call: PrimitiveCall, param: string, expected: Value, actual: Value): void {
  const isSame =
    expected.type.dtype === actual.type.dtype &&
    call.ctx.sameShape(expected.type.shape, actual.type.shape);
  if (!isSame)
    call.refuse(
      gradients.cotangentShape({
        at: call.spanOf(param),
        what: param,
        expected: expected.type,
        actual: actual.type,
      }),
    );
}

export const derivatives: readonly Primitive[] = [grad, vjp, jvp];
