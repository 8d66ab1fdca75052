// Property declarations: their variables, and that their assertions are conditions.
import type { Expr, PropertyDecl, PropertyVariable } from "../../grammar/ast.js";
import { names } from "../diagnostics/index.js";
import type { Unit } from "../resolve/modules.js";
import { freshSym, symbol } from "../types/dim.js";
import { givenArgs } from "./arguments.js";
import { invoke } from "./calls.js";
import type { Context } from "./context.js";
import { moduleScope } from "./instances.js";
import { UNKNOWN, describe, dimNumber, tensorOf, type Meaning, Scope } from "./meaning.js";
import { evaluateBlock } from "./statements.js";
import { evaluateType } from "./types.js";

/** Checks a law for all values of its variables. */
export function checkProperty(ctx: Context, decl: PropertyDecl, unit: Unit): void {
  const scope = new Scope(moduleScope(ctx, unit));
  for (const variable of decl.variables) {
    const { name } = variable;
    scope.bind(name.name, meaningOfVariable(ctx, scope, variable), name.span);
  }
  evaluateBlock(ctx, new Scope(scope), decl.body);
}

function meaningOfVariable(
  ctx: Context,
  scope: Scope,
  { name, domain, span }: PropertyVariable,
): Meaning {
  if (domain.kind === "in") return drawn(ctx, scope, name.name, domain.values);
  const { type } = domain;
  if (type.kind === "layer-type") {
    const callee = scope.lookup(type.name.name)?.meaning;
    if (callee?.kind !== "callable")
      return ctx.report(
        names.unknownName({
          name: type.name.name,
          at: type.name.span,
          near: [...scope.names()],
          what: "layer",
        }),
      );
    return ctx.under([name.name], () =>
      invoke(ctx, callee.callable, givenArgs(scope, type.args ?? []), span),
    );
  }
  const tensor = evaluateType(ctx, { scope, free: new Set(), isOpen: true }, type);
  if (!tensor) return UNKNOWN;
  const value = ctx.opaque(tensor.dtype, tensor.shape, name.name);
  ctx.remember(value, { span: name.span, text: name.name });
  return tensorOf(value);
}

/** `T in a..b` is some dimension from `a` to below `b`; `T in [1, 2]` one of a list. */
function drawn(ctx: Context, scope: Scope, name: string, values: Expr): Meaning {
  const domain = ctx.evaluate(scope, values);
  if (domain.kind === "unknown") return UNKNOWN;
  if (domain.kind === "list") {
    const isDims = domain.items.every((m) => m.kind === "number" && m.dim);
    return isDims
      ? dimNumber(symbol(freshSym(name, "size", values.span)))
      : (domain.items[0] ?? UNKNOWN);
  }
  if (domain.kind !== "range") {
    return ctx.report(
      names.wrongKind({ at: values.span, expected: "a range or a list", found: describe(domain) }),
    );
  }
  const dim = symbol(freshSym(name, "size", values.span));
  ctx.facts = ctx.facts.with([
    { relation: "<=", left: domain.start, right: dim },
    { relation: "<", left: dim, right: domain.end },
  ]);
  return dimNumber(dim);
}
