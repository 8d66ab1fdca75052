// Finds shapes that divide by a size which only a call decides, and which may be zero.
import type { Span } from "../../grammar/source.js";
import { shapes } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import { int, partsOf, symsOf, type Dim, type Sym } from "../types/dim.js";
import type { Context } from "./context.js";

/** Reports the first divisor among the shapes of these values that mentions a free dim and is not known to be positive. */
export function refuseZeroDivisors(
  ctx: Context,
  values: readonly Value[],
  free: ReadonlySet<Sym>,
  otherwise: Span,
): void {
  const seen = new Set<string>();
  for (const { type, spans } of values) {
    for (const divisor of type.shape.flatMap((d) => divisorsIn(d))) {
      if (seen.has(divisor.key)) continue;
      seen.add(divisor.key);
      if (![...symsOf(divisor)].some((sym) => free.has(sym))) continue;
      if (ctx.isAtMost(int(1), divisor)) continue;
      ctx.report(shapes.zeroDivisor({ at: spans[0] ?? otherwise, divisor }));
      return;
    }
  }
}

/** What a dim divides by, also inside its parts. */
function divisorsIn(d: Dim): readonly Dim[] {
  return d.terms.flatMap(({ factors }) =>
    factors.flatMap(({ atom }) => [
      ...(atom.kind === "floor" ? [atom.den] : []),
      ...partsOf(atom).flatMap(divisorsIn),
    ]),
  );
}
