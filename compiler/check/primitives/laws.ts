// What properties assert with.
import * as ops from "../../ops/index.js";
import { holds } from "./statistics.js";
import { tensorPair } from "../operators.js";
import type { Primitive } from "../primitive.js";

const close: Primitive = {
  name: "close",
  doc: "Whether two tensors agree in every element, within `tol` of the larger magnitude.",
  params: ["a", "b", "tol?"],
  apply: (call) => {
    const pair = tensorPair(
      call.ctx,
      [call.meaning("a"), call.spanOf("a")],
      [call.meaning("b"), call.spanOf("b")],
    );
    if (!pair) return { kind: "unknown" };
    const tolerance = call.float("tol", 1e-4);
    const [a, b] = call.aligned(...pair);
    const result = call.result(() => {
      const scale = ops.maximum(ops.maximum(ops.abs(a), ops.abs(b)), ops.fillLike(a, 1));
      const isNear = ops.le(ops.abs(ops.sub(a, b)), ops.mul(scale, ops.fillLike(a, tolerance)));
      return holds(
        isNear,
        isNear.type.shape.map((_, i) => i),
        "all",
      );
    });
    if (result.kind === "tensor")
      call.ctx.asserted?.compare({ result: result.value, left: a, right: b });
    return result;
  },
};

export const laws: readonly Primitive[] = [close];
