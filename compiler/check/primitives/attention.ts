// Scaled dot-product attention (Vaswani et al. 2017): checked as products, a mask and a softmax; one op where it is computed.
import type { Value } from "../../ir/op.js";
import { dtypeFaults, shapes } from "../../diagnostics/index.js";
import { allowedIn, weightsOf } from "../../ops/attend.js";
import { alignedPair, broadcastTo, expandDims, matmul, transposeLast } from "../../ops/build.js";
import * as ops from "../../ops/index.js";
import { constantOf, int, type Dim } from "../../types/dim.js";
import { sameShape } from "../../types/tensor.js";
import type { Primitive, PrimitiveCall } from "../primitive.js";
import { asTensor } from "../operators.js";
import { hasPackAtEnd } from "../packs.js";
import { draw } from "./creation.js";

export const attention: Primitive = {
  name: "attention",
  doc: "`softmax(q @ k.T * scale + bias) @ v`, masked; rows that may attend to nothing give zeros. While training, weights are 0 with probability `dropout`.",
  params: ["q", "k", "v", "mask?", "bias?", "causal?", "scale?", "dropout?"],
  apply: (call) => {
    const [q, k, v] = [call.floatTensor("q"), call.floatTensor("k"), call.floatTensor("v")];
    for (const [name, value] of Object.entries({ q, k, v }))
      if (hasPackAtEnd(value, 2)) call.refuse(shapes.axisInPack({ at: call.spanOf(name) }));
    const scale = scaleOf(call, q);
    return call.result(() => {
      let scores = ops.mul(...alignedPair(matmul(q, transposeLast(k)), scale));
      const text = `${call.named(q, "q").name} @ ${call.named(k, "k").name}.T`;
      const known = (value: Value, name: string): Value => {
        call.ctx.remember(value, { span: call.span, text: name });
        return value;
      };
      known(scores, text);
      const stretched = (x: Value, name: string): Value =>
        call.stretched(x, scores, call.spanOf(name));
      const bias = call.has("bias") ? stretched(call.tensor("bias"), "bias") : undefined;
      if (bias) scores = ops.add(scores, bias);
      const mask = maskOf(call, stretched);
      const causal = call.bool("causal", false);
      const weights = weightsOf(scores, allowedIn(scores, causal, mask));
      // Spelled out also where it is fused: the shapes of its parts are what messages speak of.
      const kept = dropped(call, known(weights, `softmax(${text})`));
      const spelled = matmul(kept, v);
      const batch = spelled.type.shape.slice(0, -2);
      const isWhole =
        kept === weights &&
        q.type.shape.length > 1 &&
        sameShape(batch, scores.type.shape.slice(0, -2));
      const scaled = isWhole && call.ctx.concrete?.isFused === true && scaledPair(q, k, scale);
      if (!scaled) return spelled;
      const parts = [...scaled, v].map((x) =>
        broadcastTo(x, [...batch, ...x.type.shape.slice(-2)]),
      );
      const slots = [bias, mask].filter((x) => x !== undefined);
      const attrs = { causal, bias: bias !== undefined, mask: mask !== undefined };
      return ops.attention(...parts, ...slots, attrs);
    });
  },
};

/** Dropout (Srivastava et al. 2014) of the weights: while training, each is 0 with probability `dropout` and else scaled up. */
function dropped(call: PrimitiveCall, weights: Value): Value {
  const p = call.float("dropout", 0);
  if (p <= 0 || call.ctx.concrete?.training !== true) return weights;
  const u = draw(call, ops.randomUniform, weights.type.shape);
  const kept = ops.mul(weights, ops.fillLike(weights, 1 / (1 - p)));
  return ops.select(ops.ge(u, ops.fillLike(u, p)), kept, ops.fillLike(weights, 0));
}

/** Queries and keys with the scale in one of them; undefined where it differs from pair to pair. */
function scaledPair(q: Value, k: Value, scale: Value): readonly [Value, Value] | undefined {
  const [rows, columns] = [-2, -1].map((axis) => scale.type.shape.at(axis) ?? int(1));
  const isOne = (d: Dim | undefined): boolean => d !== undefined && constantOf(d) === 1;
  if (isOne(columns)) return [ops.mul(...alignedPair(q, scale)), k];
  if (!isOne(rows)) return undefined;
  const factors = scale.type.shape.length > 1 ? transposeLast(scale) : expandDims(scale, [1]);
  return [q, ops.mul(...alignedPair(k, factors))];
}

function scaleOf(call: PrimitiveCall, q: Value): Value {
  if (call.has("scale")) {
    const given = asTensor(call.ctx, call.meaning("scale"), q.type.dtype, call.spanOf("scale"));
    if (given) return given;
  }
  return ops.rsqrt(ops.extentOf(q.graph, q.type.shape.at(-1) ?? int(1), q.type.dtype));
}

/** The mask in the shape of the scores, where one is given. */
function maskOf(
  call: PrimitiveCall,
  stretched: (x: Value, name: string) => Value,
): Value | undefined {
  if (!call.has("mask")) return undefined;
  const mask = call.tensor("mask", "bool");
  if (mask.type.dtype !== "bool")
    call.refuse(dtypeFaults.mask({ at: call.spanOf("mask"), actual: mask.type }));
  return stretched(mask, "mask");
}
