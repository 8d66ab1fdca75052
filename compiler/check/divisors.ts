// Finds shapes that divide by a size which only a call decides and which may be zero, or raise to one that may be negative.
import type { Span } from "../../grammar/source.js";
import { shapes } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import { int, partsOf, symsOf, type Dim, type Sym } from "../types/dim.js";
import type { Context } from "./context.js";

/** Reports the first part among the shapes of these values that mentions a free dim and may be without a meaning. */
export function refuseUndefinedSizes(
  ctx: Context,
  values: readonly Value[],
  free: ReadonlySet<Sym>,
  otherwise: Span,
): void {
  const seen = new Set<string>();
  for (const { type, spans } of values) {
    for (const { part, least } of type.shape.flatMap((d) => partialIn(d))) {
      if (seen.has(part.key)) continue;
      seen.add(part.key);
      if (![...symsOf(part)].some((sym) => free.has(sym))) continue;
      if (ctx.isAtMost(int(least), part)) continue;
      const at = spans[0] ?? otherwise;
      ctx.report(
        least === 1
          ? shapes.zeroDivisor({ at, divisor: part })
          : shapes.negativeSize({ at, size: part, facts: ctx.facts }),
      );
      return;
    }
  }
}

/** A part of a dim, and the least value under which the dim is a whole number. */
interface Part {
  readonly part: Dim;
  readonly least: 0 | 1;
}

/** Divisors and exponents, also inside of parts. */
function partialIn(d: Dim): readonly Part[] {
  return d.terms.flatMap(({ factors }) =>
    factors.flatMap(({ atom }): Part[] => [
      ...(atom.kind === "floor" ? [{ part: atom.den, least: 1 } as const] : []),
      ...(atom.kind === "pow" ? [{ part: atom.exponent, least: 0 } as const] : []),
      ...partsOf(atom).flatMap(partialIn),
    ]),
  );
}
