// Proofs without cases: normal forms, remainders, and certificates.
import {
  commonFactor,
  constantOf,
  constantTerm,
  divideTerm,
  gcd,
  int,
  mul,
  ofTerms,
  sub,
  type Atom,
  type Dim,
  type Term,
} from "../dim.js";
import type { Hypotheses } from "./columns.js";
import type { Relation } from "./fact.js";
import { isNonNegative } from "./nonnegative.js";
import { cancelledPower } from "./powers.js";
import { splitProves } from "./split.js";

/** Whether `difference` relates to 0 so for all values; `unequal` are dims that the facts say not to be 0. */
export function holdsDirectly(
  relation: Relation,
  difference: Dim,
  given: Hypotheses,
  unequal: readonly Dim[],
): boolean {
  const holds = (d: Dim): boolean => isAtLeastZero(d, given);
  switch (relation) {
    case "==":
      return isZero(difference, given);
    case "<=":
      return holds(sub(int(0), difference));
    case "<":
      return holds(sub(int(-1), difference));
    case ">=":
      return holds(difference);
    case ">":
      return holds(sub(difference, int(1)));
    case "!=":
      return isNonZero(difference, given, unequal);
  }
}

function isZero(d: Dim, given: Hypotheses): boolean {
  const known = constantOf(d);
  if (known !== undefined) return known === 0;
  if (splitProves(d)) return true;
  const { cofactor } = factored(d);
  const holds = (x: Dim): boolean => isNonNegative(x, given);
  return holds(cofactor) && holds(sub(int(0), cofactor));
}

/** `H * K - H >= 0` follows from `K - 1 >= 0`, for a size `H`. */
function isAtLeastZero(d: Dim, given: Hypotheses): boolean {
  const { common, cofactor } = factored(d);
  const isSize = common.factors.every(
    ({ atom }) => atom.kind === "sym" && !given.isSigned(atom.sym),
  );
  if (common.factors.length > 0 && isSize && isNonNegative(cofactor, given)) return true;
  return isNonNegative(d, given);
}

/** The largest monomial that divides every term, and what it leaves. */
function factored(d: Dim): { readonly common: Term; readonly cofactor: Dim } {
  const common = commonFactor(d.terms);
  if (common.factors.length === 0) return { common, cofactor: d };
  return { common, cofactor: ofTerms(d.terms.flatMap((t) => divideTerm(t, common) ?? [])) };
}

function isNonZero(d: Dim, given: Hypotheses, unequal: readonly Dim[]): boolean {
  const opposite = sub(int(0), d);
  const varying = d.terms.filter((t) => t.key !== "");
  const step = varying.reduce((g, t) => gcd(g, t.coefficient), 0);
  // Every other term is a multiple of `step`, so a constant that is not can never be met.
  if (step > 0 ? constantTerm(d) % step !== 0 : d.terms.length > 0) return true;
  if (unequal.some(({ key }) => key === d.key || key === opposite.key)) return true;
  return isNonNegative(sub(d, int(1)), given) || isNonNegative(sub(opposite, int(1)), given);
}

/** What a minimum, maximum or quotient is, where the facts decide it. */
export function decidedAtom(atom: Atom, given: Hypotheses): Dim | undefined {
  const holds = (d: Dim): boolean => isNonNegative(d, given, 1);
  if (atom.kind === "min" || atom.kind === "max") {
    const [a, b] = atom.args;
    const difference = sub(a, b);
    if (holds(difference)) return atom.kind === "min" ? b : a;
    return holds(sub(int(0), difference)) ? (atom.kind === "min" ? a : b) : undefined;
  }
  if (atom.kind !== "floor") return undefined;
  const cancelled = cancelledPower(atom.num, atom.den, holds);
  if (cancelled) return cancelled;
  return [0, -1, 1].map(int).find((quotient) => {
    const remainder = sub(atom.num, mul(atom.den, quotient));
    return holds(remainder) && holds(sub(sub(atom.den, int(1)), remainder));
  });
}
