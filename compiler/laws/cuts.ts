// Whether a graph holds something that lets no gradient through although its result is its operand: `stop_gradient`.
import type { Value } from "../ir/op.js";
import { upstream } from "../ir/topology.js";
import { scalarBuilder, variable } from "../scalar/expr.js";
import { isFloat } from "../types/dtype.js";
import { int } from "../types/dim.js";

/** Whether some value that results depend on passes a float on and its gradient not. */
export const cutsGradients = (results: readonly Value[]): boolean => upstream(results).some(isCut);

function isCut({ op, operands, type, attrs }: Value): boolean {
  const [operand, ...others] = operands;
  if (!operand || others.length > 0 || op.lower.kind !== "pointwise") return false;
  if (!isFloat(type.dtype) || operand.type.dtype !== type.dtype || !op.vjp) return false;
  const given = variable("0", operand.type.dtype);
  const body = op.lower.body(
    scalarBuilder(
      type.shape.map(() => int(0)),
      int(0),
    ),
    [given],
    attrs,
  );
  return body === given;
}
