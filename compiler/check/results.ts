// Holds values against the types that were declared for them.
import type { Expr, FnDecl, TypeExpr } from "../../grammar/ast.js";
import type { Span } from "../../grammar/source.js";
import { dtypeFaults, names, shapes } from "../diagnostics/index.js";
import type { TensorType } from "../types/tensor.js";
import type { Context } from "./context.js";
import { UNKNOWN, describe, tensorOf, type Meaning } from "./meaning.js";
import { asTensor } from "./operators.js";
import { evaluateType, type Signature } from "./types.js";

/** Holds the value of a body against the declared result. */
export function checkResult(
  ctx: Context,
  fn: { readonly decl: FnDecl },
  frame: { readonly signature: Signature },
  value: Meaning,
): Meaning {
  const { result, body } = fn.decl;
  const at = body.kind === "block" ? (body.value?.span ?? body.span) : body.span;
  if (!result) return value;
  if (value.kind === "unknown") {
    // What is wrong with the declared types is wrong whatever the body gives.
    for (const type of typesOf(result)) evaluateType(ctx, frame.signature, type);
    return value;
  }
  if (result.kind !== "tuple-type") {
    const type = evaluateType(ctx, frame.signature, result);
    return type ? conform(ctx, value, type, at, result.span) : UNKNOWN;
  }
  // One named result is written without parentheses.
  const given = value.kind === "tuple" ? value.items : [value];
  if (given.length !== result.fields.length) {
    const found = value.kind === "tuple" ? `${String(given.length)} values` : describe(value);
    const waiting = result.fields.map((f, i) => f.name?.name ?? String(i));
    return ctx.report(names.valueCount({ at, found, waiting, declared: result.span }));
  }
  const items = given.map((item, i) => {
    const field = result.fields[i];
    const type = field && evaluateType(ctx, frame.signature, field.type);
    return type && item.kind !== "unknown"
      ? conform(ctx, item, type, partSpan(body, i) ?? at, field.type.span)
      : UNKNOWN;
  });
  return { kind: "tuple", items, names: result.fields.map((f) => f.name?.name ?? "") };
}

const typesOf = (result: TypeExpr): readonly TypeExpr[] =>
  result.kind === "tuple-type" ? result.fields.map((field) => field.type) : [result];

/** Where one part of a tuple that a body gives stands. */
function partSpan(body: Expr, i: number): Span | undefined {
  const value = body.kind === "block" ? body.value : body;
  return value?.kind === "tuple" ? value.items[i]?.span : undefined;
}

/** A value that must have a declared type; a static number becomes a tensor of it where that is a scalar. */
export function conform(
  ctx: Context,
  value: Meaning,
  type: TensorType,
  at: Span,
  declared: Span,
): Meaning {
  const tensor = asTensor(ctx, value, type.dtype, at);
  if (!tensor) return UNKNOWN;
  if (tensor.type.dtype === type.dtype && ctx.sameShape(tensor.type.shape, type.shape))
    return tensorOf(tensor);
  const facts = { at, declared, expected: type, actual: tensor.type };
  return ctx.reportAbout(
    [tensor],
    tensor.type.dtype === type.dtype
      ? shapes.declared({ ...facts, facts: ctx.facts })
      : dtypeFaults.declared(facts),
  );
}
