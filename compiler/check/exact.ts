// Keeps sizes exact and small enough to compare: whole numbers that no float64 holds, and products of a great many terms.
import type { Span } from "../../grammar/source.js";
import { limits, type Diagnostic } from "../diagnostics/index.js";
import { constantOf, type Dim } from "../types/dim.js";
import { floatNumber, type Meaning, type NumberMeaning } from "./meaning.js";

/** What is wrong with a size; undefined where nothing is. */
export function excessOf(d: Dim): "a factor" | "terms" | undefined {
  if (d.terms.length > limits.mostTerms) return "terms";
  return d.terms.every((t) => Number.isSafeInteger(t.coefficient)) ? undefined : "a factor";
}

/** Takes a finding; what it was about means nothing from then on. */
interface Reporter {
  report(diagnostic: Diagnostic): Meaning;
}

/** The result of static arithmetic. A whole number that is not exact any more is a float; a size is refused. */
export function exactly(ctx: Reporter, number: NumberMeaning, at: Span): Meaning {
  const { dim, value, ratio } = number;
  const constant = dim && constantOf(dim);
  if (constant !== undefined && !Number.isSafeInteger(constant))
    return exactly(ctx, floatNumber(constant), at);
  if (Math.abs(value ?? 0) === Infinity)
    return ctx.report(limits.numberTooLarge({ at, what: "a factor" }));
  for (const d of [dim, ...(ratio ?? [])]) {
    const what = d && excessOf(d);
    if (what) return ctx.report(limits.numberTooLarge({ at, what }));
  }
  return number;
}

/** What is wrong with a power of a size: more terms than are compared, `(B + C + D) ** 60`, or inexact for B = 2. */
export function powerExcess(
  operator: string,
  base: NumberMeaning,
  exponent: NumberMeaning,
): "a factor" | "terms" | undefined {
  if (operator !== "**" || !base.dim || constantOf(base.dim) !== undefined) return undefined;
  const times = exponent.dim ? (constantOf(exponent.dim) ?? 0) : 0;
  const terms = base.dim.terms.length;
  if (terms < 2) return times > 52 ? "a factor" : undefined;
  return termsOfPower(terms, times) > limits.mostTerms ? "terms" : undefined;
}

/** As many as there are ways to choose `times` of the terms with repetition; counts no further than is too many. */
function termsOfPower(terms: number, times: number): number {
  let ways = 1;
  for (let i = 1; i <= times && ways <= limits.mostTerms; i++) ways *= (terms - 1 + i) / i;
  return ways;
}
