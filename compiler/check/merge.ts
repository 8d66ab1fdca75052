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
  dimNumber,
  tensorOf,
  type Meaning,
  type NumberMeaning,
  type Scope,
} from "./meaning.js";
import { oneOf } from "./sizes.js";

/** The condition between two meanings, with the facts that hold with the first and with the second. */
export interface Condition {
  readonly condition: Expr;
  readonly scope: Scope;
  readonly facts?: readonly Fact[];
  readonly opposite?: readonly Fact[];
}

/** Tensors must agree in type; sizes become one of two; layers, functions and lists a choice. */
export function mergeMeanings(
  ctx: Context,
  a: Meaning,
  b: Meaning,
  span: Span,
  by?: Condition,
): Meaning {
  if (a === b) return a;
  if (a.kind === "unknown" || b.kind === "unknown") return UNKNOWN;
  if (by && isKept(a) && isKept(b)) {
    return { kind: "choice", condition: by.condition, scope: by.scope, options: [a, b] };
  }
  const merged = mergeAlike(ctx, a, b, span, by) ?? mergeScalar(a, b) ?? mergeScalar(b, a);
  return (
    merged ?? ctx.report(names.wrongKind({ at: span, expected: describe(a), found: describe(b) }))
  );
}

/** What is used later, when more may be known: layers, functions, lists of them. */
const isKept = (m: Meaning): boolean =>
  ["instance", "callable", "choice", "list", "repeated"].includes(m.kind);

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
  if (a.kind === "number" && b.kind === "number") return mergeNumbers(ctx, a, b, span, by);
  if (a.kind === "tuple" && b.kind === "tuple" && a.items.length === b.items.length) {
    const items = a.items.map((item, i) =>
      mergeMeanings(ctx, item, b.items[i] ?? UNKNOWN, span, by),
    );
    return { ...a, items };
  }
  if (a.kind !== b.kind || a.kind === "tuple") return undefined;
  return a.kind === "bool" ? { kind: "bool" } : a;
}

/** Sizes that differ become one of two; other numbers are not known. */
function mergeNumbers(
  ctx: Context,
  a: NumberMeaning,
  b: NumberMeaning,
  span: Span,
  by?: Condition,
): Meaning {
  if (!a.dim || !b.dim || a.ratio || b.ratio) return { kind: "number" };
  if (ctx.facts.equal(a.dim, b.dim).kind === "proved") return a;
  const { facts = [], opposite = [] } = by ?? {};
  const alternatives = [
    { size: a.dim, when: facts },
    { size: b.dim, when: opposite },
  ];
  const claims = [...facts, ...opposite].map((f) => `${f.left.key} ${f.relation} ${f.right.key}`);
  // What is no condition on sizes may be another one each time.
  const key =
    claims.length > 0 ? `${claims.join(" and ")}: ${a.dim.key} or ${b.dim.key}` : undefined;
  const size = oneOf(ctx, alternatives, span, key);
  return size ? dimNumber(size) : { kind: "number" };
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
