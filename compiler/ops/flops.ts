// Work of a value in scalar operations, derived from its lowering unless the record says otherwise.
import type { Value } from "../ir/op.js";
import type { ScanSpec } from "../ir/program.js";
import { upstream } from "../ir/topology.js";
import { scalarBuilder, variable, type ScalarExpr } from "../scalar/expr.js";
import * as dims from "../types/dim.js";
import type { Dim } from "../types/dim.js";

/** Scalar operations that computing a value takes, as a polynomial of its sizes. Views and leaves take none. */
export function flopsOf(value: Value): Dim {
  const { op, type, attrs } = value;
  const operands = value.operands.map((o) => o.type);
  if (op.flops) return op.flops(operands, type, attrs);
  if (op.lower.kind === "scan") return flopsOfScan(value.attrs as ScanSpec);
  if (op.lower.kind === "reduce") return dims.numel(operands[0]?.shape ?? []);
  if (op.lower.kind !== "pointwise") return dims.int(0);
  const args = operands.map((o, i) => variable(String(i), o.dtype));
  const at = type.shape.map(() => dims.int(0));
  const body = op.lower.body(scalarBuilder(at, dims.int(0)), args, attrs);
  return dims.scale(dims.numel(type.shape), calls(body, new Set()));
}

/** Work of all rounds, for what this result needs: results of one scan are computed together, so their work does not add up. */
function flopsOfScan({ body, states, length, result }: ScanSpec): Dim {
  const outputs = body.outputs.filter((_, i) => i < states || i === result).map((o) => o.value);
  return dims.mul(length, dims.add(...upstream(outputs).map(flopsOf)));
}

/** Number of different calls in an expression. */
function calls(node: ScalarExpr, seen: Set<ScalarExpr>): number {
  if (node.kind !== "call" || seen.has(node)) return 0;
  seen.add(node);
  return node.args.reduce((total, arg) => total + calls(arg, seen), 1);
}
