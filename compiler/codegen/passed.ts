// Takes numbers that are passed to a kernel out of its body, so that kernels which differ only in them have one text.
import { mapScalar, variable, type ScalarExpr } from "../scalar/expr.js";
import type { Passed, Statement } from "./kernel.js";
import { mapStatements } from "./statements.js";

/** A body whose passed literals are locals, and their numbers in order of first use; equal numbers are passed once. */
export function takePassed(body: readonly Statement[]): {
  readonly body: readonly Statement[];
  readonly passed: readonly Passed[];
} {
  const found = new Map<string, Passed>();
  const done = new Map<ScalarExpr, ScalarExpr>();
  const replaced = (node: ScalarExpr): ScalarExpr => {
    if (node.kind !== "literal" || !node.isPassed) return node;
    const name = `passed ${node.dtype} ${String(node.value)}`;
    const dtype = node.dtype === "u32" ? "u32" : "i32";
    if (!found.has(name)) found.set(name, { name, dtype, value: node.value });
    return variable(name, dtype);
  };
  const taken = mapStatements(body, (x) => mapScalar(x, replaced, done));
  return found.size === 0 ? { body, passed: [] } : { body: taken, passed: [...found.values()] };
}
