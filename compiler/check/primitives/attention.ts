// Scaled dot-product attention (Vaswani et al. 2017) composed of products, a mask and a softmax.
import type { Value } from "../../ir/op.js";
import { dtypeFaults, shapes } from "../../diagnostics/index.js";
import { alignedPair, matmul, transposeLast } from "../../ops/build.js";
import * as ops from "../../ops/index.js";
import { int } from "../../types/dim.js";
import type { Primitive, PrimitiveCall } from "../primitive.js";
import { asTensor } from "../operators.js";
import { hasPackAtEnd } from "../packs.js";
import { draw } from "./creation.js";
import { softmaxOf } from "./reductions.js";

/** Large and finite: kernels may not rely on infinities. */
const MASKED = -1e9;

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
      const mixed = (weights: Value): Value =>
        matmul(dropped(call, known(weights, `softmax(${text})`)), v);
      if (!mask) return mixed(softmaxOf(scores, rank - 1));
      const hidden = ops.fillLike(scores, MASKED);
      const weights = softmaxOf(ops.select(mask, scores, hidden), rank - 1);
      // Weights of a row without any place are all alike after the softmax; the mask makes them zeros.
      const kept = ops.select(mask, weights, ops.fillLike(weights, 0));
      return mixed(kept);
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
