// Scalar expressions: how one element of a result is computed, for any target.
import type { Dim } from "../types/dim.js";
import type { Dtype } from "../types/dtype.js";
import { intrinsics, type IntrinsicName } from "./intrinsics.js";

/**
 * A directed acyclic graph of scalar operations. Nodes may be shared: whoever folds one remembers nodes by identity,
 * and printers name a node that is used twice.
 */
export type ScalarExpr =
  /** `isPassed`: kernels that are equal but for this number are one kernel, which gets it with each dispatch. */
  | {
      readonly kind: "literal";
      readonly value: number;
      readonly dtype: Dtype;
      readonly isPassed?: true;
    }
  /** An operand of a pointwise body, or a local of a kernel. */
  | { readonly kind: "variable"; readonly name: string; readonly dtype: Dtype }
  /** The number that a dim is at run time; always an integer, `i32` or `u32`. */
  | { readonly kind: "dim"; readonly dim: Dim; readonly dtype: "i32" | "u32" }
  | {
      readonly kind: "call";
      readonly fn: IntrinsicName;
      readonly args: readonly ScalarExpr[];
      readonly dtype: Dtype;
    };

export const literal = (value: number, dtype: Dtype): ScalarExpr => ({
  kind: "literal",
  value,
  dtype,
});
/** A literal that is passed to kernels, so that those which differ only in it are compiled once. */
export const passed = (value: number, dtype: "i32" | "u32"): ScalarExpr => ({
  kind: "literal",
  value,
  dtype,
  isPassed: true,
});
export const variable = (name: string, dtype: Dtype): ScalarExpr => ({
  kind: "variable",
  name,
  dtype,
});
export const dimExpr = (d: Dim, dtype: "i32" | "u32" = "i32"): ScalarExpr => ({
  kind: "dim",
  dim: d,
  dtype,
});

/** Converts to another dtype; nothing when it already has it. Floats to integers truncate, booleans are 0 and 1. */
export const convert = (x: ScalarExpr, dtype: Dtype): ScalarExpr =>
  x.dtype === dtype ? x : { kind: "call", fn: "convert", args: [x], dtype };

/** A call of an intrinsic; its dtype follows from the table. */
export function call(fn: IntrinsicName, ...args: readonly ScalarExpr[]): ScalarExpr {
  const row = intrinsics[fn];
  const operand = args[args.length - 1];
  if (operand === undefined || args.length !== row.arity)
    throw new Error(`${fn} takes ${String(row.arity)} operands`);
  return { kind: "call", fn, args, dtype: row.result === "operand" ? operand.dtype : row.result };
}

/** What the body of a pointwise op may use: one method for each intrinsic, literals, and the place of the element. */
export interface ScalarBuilder {
  call(fn: IntrinsicName, ...args: readonly ScalarExpr[]): ScalarExpr;
  lit(value: number, dtype: Dtype): ScalarExpr;
  /** A number of this use of the op, such as the one that tells it from other uses. */
  passed(value: number, dtype: "i32" | "u32"): ScalarExpr;
  convert(x: ScalarExpr, dtype: Dtype): ScalarExpr;
  dim(d: Dim, dtype?: "i32" | "u32"): ScalarExpr;
  /** Index of the element along each axis of the result. */
  readonly at: readonly Dim[];
  /** Row-major index of the element in the result. */
  readonly linear: Dim;
}

/** A builder for the element at `at` of a result whose row-major index is `linear`. */
export const scalarBuilder = (at: readonly Dim[], linear: Dim): ScalarBuilder => ({
  call,
  lit: literal,
  passed,
  convert,
  dim: dimExpr,
  at,
  linear,
});

/** Rewrites bottom-up, keeping shared nodes shared. `replace` sees a node whose arguments are already rewritten. */
export function mapScalar(
  root: ScalarExpr,
  replace: (node: ScalarExpr) => ScalarExpr,
  done: Map<ScalarExpr, ScalarExpr> = new Map(),
): ScalarExpr {
  const known = done.get(root);
  if (known) return known;
  let node = root;
  if (root.kind === "call") {
    const args = root.args.map((a) => mapScalar(a, replace, done));
    if (args.some((a, i) => a !== root.args[i])) node = { ...root, args };
  }
  const result = replace(node);
  done.set(root, result);
  return result;
}
