// One meaning for either of two: what a condition that is not known yet leaves.
import type { Expr } from "../../grammar/ast.js";
import type { Span } from "../../grammar/source.js";
import { names, shapes } from "../diagnostics/index.js";
import type { Fact } from "../types/constraints.js";
import type { TensorType } from "../types/tensor.js";
import type { Context } from "./context.js";
import {
  UNKNOWN,
  describe,
  tensorOf,
  type Meaning,
  type NumberMeaning,
  type Scope,
} from "./meaning.js";

/** The condition between two meanings, with the facts that hold with the first and with the second. */
export interface Condition {
  readonly condition: Expr;
  readonly scope: Scope;
  readonly facts?: readonly Fact[];
  readonly opposite?: readonly Fact[];
}

/** Tensors must agree in type, numbers lose what differs, layers become a choice. */
export function mergeMeanings(
  ctx: Context,
  a: Meaning,
  b: Meaning,
  span: Span,
  by?: Condition,
): Meaning {
  if (a === b) return a;
  if (a.kind === "unknown" || b.kind === "unknown") return UNKNOWN;
  if (by && isCallable(a) && isCallable(b)) {
    return { kind: "choice", condition: by.condition, scope: by.scope, options: [a, b] };
  }
  const merged = mergeAlike(ctx, a, b, span, by) ?? mergeScalar(a, b) ?? mergeScalar(b, a);
  return (
    merged ?? ctx.report(names.wrongKind({ at: span, expected: describe(a), found: describe(b) }))
  );
}

const isCallable = (m: Meaning): boolean => ["instance", "callable", "choice"].includes(m.kind);

function mergeAlike(
  ctx: Context,
  a: Meaning,
  b: Meaning,
  span: Span,
  by?: Condition,
): Meaning | undefined {
  if (a.kind === "tensor" && b.kind === "tensor") {
    return mergeTensors(ctx, a.value.type, b.value.type, span, by);
  }
  if (a.kind === "number" && b.kind === "number") return mergeNumbers(ctx, a, b);
  if (a.kind === "tuple" && b.kind === "tuple" && a.items.length === b.items.length) {
    const items = a.items.map((item, i) =>
      mergeMeanings(ctx, item, b.items[i] ?? UNKNOWN, span, by),
    );
    return { ...a, items };
  }
  if (a.kind !== b.kind || a.kind === "tuple") return undefined;
  return a.kind === "bool" ? { kind: "bool" } : a;
}

function mergeNumbers(ctx: Context, a: NumberMeaning, b: NumberMeaning): Meaning {
  const isEqual = a.dim && b.dim && ctx.facts.equal(a.dim, b.dim).kind === "proved";
  return isEqual ? a : { kind: "number" };
}

/** A static number beside a scalar tensor is a scalar tensor. */
function mergeScalar(a: Meaning, b: Meaning): Meaning | undefined {
  const isScalar = a.kind === "tensor" && a.value.type.shape.length === 0;
  return isScalar && b.kind === "number" ? a : undefined;
}

function mergeTensors(
  ctx: Context,
  a: TensorType,
  b: TensorType,
  span: Span,
  by?: Condition,
): Meaning {
  const isEqualUnder = (facts: readonly Fact[] = []): boolean =>
    ctx.assuming(facts, () => ctx.sameShape(a.shape, b.shape));
  if (a.dtype === b.dtype) {
    // Where the types agree in one branch only, both have the type of the other branch.
    if (isEqualUnder(by?.facts)) return tensorOf(ctx.opaque(b.dtype, b.shape));
    if (isEqualUnder(by?.opposite)) return tensorOf(ctx.opaque(a.dtype, a.shape));
  }
  return ctx.report(shapes.branches({ at: span, then: a, otherwise: b }));
}
