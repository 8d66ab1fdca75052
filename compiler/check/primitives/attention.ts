// Scaled dot-product attention (Vaswani et al. 2017) composed of products, a mask and a softmax.
import type { Value } from "../../ir/op.js";
import { dtypeFaults, shapes } from "../../diagnostics/index.js";
import { alignedPair, matmul, transposeLast } from "../../ops/build.js";
import * as ops from "../../ops/index.js";
import { int } from "../../types/dim.js";
import type { Primitive, PrimitiveCall } from "../primitive.js";
import { asTensor } from "../operators.js";
import { hasPackAtEnd } from "../packs.js";
import { softmaxOf } from "./reductions.js";

/** Large and finite: kernels may not rely on infinities. */
const MASKED = -1e9;

export const attention: Primitive = {
  name: "attention",
  doc: "`softmax(q @ k.T * scale + bias) @ v`, masked; rows that may attend to nothing give zeros.",
  params: ["q", "k", "v", "mask?", "bias?", "causal?", "scale?"],
  apply: (call) => {
    const [q, k, v] = [call.floatTensor("q"), call.floatTensor("k"), call.floatTensor("v")];
    for (const [name, value] of Object.entries({ q, k, v }))
      if (hasPackAtEnd(value, 2)) call.refuse(shapes.axisInPack({ at: call.spanOf(name) }));
    const scale = scaleOf(call, q);
    return call.result(() => {
      const rank = k.type.shape.length;
      let scores = ops.mul(...alignedPair(matmul(q, transposeLast(k)), scale));
      const text = `${call.named(q, "q").name} @ ${call.named(k, "k").name}.T`;
      const known = (value: Value, name: string): Value => {
        call.ctx.remember(value, { span: call.span, text: name });
        return value;
      };
      known(scores, text);
      if (call.has("bias")) {
        const bias = call.stretched(call.tensor("bias"), scores, call.spanOf("bias"));
        scores = ops.add(scores, bias);
      }
      const mask = maskOf(call, scores);
      if (!mask) return matmul(known(softmaxOf(scores, rank - 1), `softmax(${text})`), v);
      const hidden = ops.fillLike(scores, MASKED);
      const weights = softmaxOf(ops.select(mask, scores, hidden), rank - 1);
      // Weights of a row without any place are all alike after the softmax; the mask makes them zeros.
      const kept = ops.select(mask, weights, ops.fillLike(weights, 0));
      return matmul(known(kept, `softmax(${text})`), v);
    });
  },
};

function scaleOf(call: PrimitiveCall, q: Value): Value {
  if (call.has("scale")) {
    const given = asTensor(call.ctx, call.meaning("scale"), q.type.dtype, call.spanOf("scale"));
    if (given) return given;
  }
  return ops.rsqrt(ops.extentOf(q.graph, q.type.shape.at(-1) ?? int(1), q.type.dtype));
}

/** The places that a query may attend to, in the shape of the scores; undefined when it may attend to all. */
function maskOf(call: PrimitiveCall, scores: Value): Value | undefined {
  const { shape } = scores.type;
  const parts: Value[] = [];
  if (call.bool("causal", false)) {
    const rank = shape.length;
    const row = ops.iotaOf(scores.graph, shape, rank - 2, "i32");
    const column = ops.iotaOf(scores.graph, shape, rank - 1, "i32");
    parts.push(ops.le(column, row));
  }
  if (call.has("mask")) {
    const mask = call.tensor("mask", "bool");
    if (mask.type.dtype !== "bool")
      call.refuse(dtypeFaults.mask({ at: call.spanOf("mask"), actual: mask.type }));
    parts.push(call.stretched(mask, scores, call.spanOf("mask")));
  }
  const [first, second] = parts;
  return first && second ? ops.and(first, second) : first;
}
