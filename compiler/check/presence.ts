// Holds uses of members that may be left out against the `if` that leaves them out.
import type { Expr } from "../../grammar/ast.js";
import { textOf, type Span } from "../../grammar/source.js";
import { shapes } from "../diagnostics/index.js";
import type { Context } from "./context.js";
import type { Bound } from "./meaning.js";
import { isLeftToBuild } from "./obligations.js";

/** Whether a member is there for all sizes that the facts allow; reports a use where it may be left out. */
export function isPresent(
  ctx: Context,
  member: NonNullable<Bound["onlyIf"]>,
  use: { readonly name: string; readonly span: Span },
): boolean {
  if (ctx.concrete) return true;
  for (const fact of member.facts()) {
    const verdict = ctx.facts.check(fact);
    if (verdict.kind === "proved" || isLeftToBuild(ctx, fact)) continue;
    ctx.report(
      shapes.where({ callee: use.name, at: use.span, fact, verdict, ...written(member.condition) }),
    );
    return false;
  }
  return true;
}

const written = ({ span }: Expr): { readonly clause: string; readonly declared: Span } => ({
  clause: textOf(span),
  declared: span,
});
