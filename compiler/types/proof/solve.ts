// Solves an equation of dims for one unknown that occurs linearly.
import { floorDiv, ofTerms, sub, symbol, symsOf, makeTerm, type Dim, type Sym } from "../dim.js";
import type { Verdict } from "./fact.js";
import type { Facts } from "./facts.js";

/** The value of the unknown, and whether the division that gives it is exact. */
export interface Solution {
  readonly value: Dim;
  readonly isExact: Verdict;
}

/**
 * `pattern == target` for `unknown`: `3 * D == 96` gives 32, `T + 1 == S` gives `S - 1`, `H * K == D` gives `D / H`.
 * Undefined where the unknown does not occur as a plain factor. `isExact` says whether the division leaves no rest.
 */
export function solveFor(
  pattern: Dim,
  target: Dim,
  unknown: Sym,
  facts: Facts,
): Solution | undefined {
  const key = symbol(unknown).key.replace(/^1\*/, "");
  const slope = [];
  const rest = [];
  for (const term of pattern.terms) {
    const factor = term.factors.find((f) => f.atom.key === key);
    if (!factor) rest.push(term);
    else if (factor.exponent > 1) return undefined;
    else
      slope.push(
        makeTerm(
          term.coefficient,
          term.factors.filter((f) => f !== factor),
        ),
      );
  }
  const [a, b] = [ofTerms(slope), ofTerms(rest)];
  if (slope.length === 0 || symsOf(a).has(unknown) || symsOf(b).has(unknown)) return undefined;
  const left = facts.normalize(sub(target, b));
  const divisor = facts.normalize(a);
  const value = facts.restore(floorDiv(left, divisor));
  return { value, isExact: facts.divides(a, sub(target, b)) };
}

/** As `solveFor`, only where the division is proved exact. */
export function solve(pattern: Dim, target: Dim, unknown: Sym, facts: Facts): Dim | undefined {
  const solution = solveFor(pattern, target, unknown, facts);
  return solution?.isExact.kind === "proved" ? solution.value : undefined;
}
