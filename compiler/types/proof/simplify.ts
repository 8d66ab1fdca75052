// The simplest way to write a relation: common terms and factors cancelled, constants on the right.
import {
  add,
  atomDim,
  constantOf,
  constantTerm,
  divideTerm,
  gcd,
  int,
  makeTerm,
  mul,
  negate,
  ofTerms,
  same,
  show,
  sub,
  type Dim,
  type Term,
} from "../dim.js";
import { decoded } from "./either.js";
import type { Fact, Relation } from "./fact.js";

const FLIPPED = {
  "==": "==",
  "!=": "!=",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
} as const satisfies Record<Relation, Relation>;

/**
 * The relation with what both sides have in common cancelled: `B * T * D == B * S * D` is `T == S`, `2 * T + 2 <= 2 * S` is
 * `T + 1 <= S`, `T - 1 >= 0` is `T >= 1`, `H * (D / H) == D` is `D % H == 0`. Factors count as at least 1.
 */
export function simplest(fact: Fact): Fact {
  if (fact.cases) return fact;
  const difference = cancelled(sub(fact.left, fact.right), fact.relation);
  const remainder = remainderForm(difference, fact.relation);
  if (remainder) return remainder;
  const [left, right] = sidesOf(difference);
  if (constantOf(left) !== undefined) return bounded(FLIPPED[fact.relation], right, left);
  return bounded(fact.relation, left, right);
}

/** The difference without factors that all its terms share. */
function cancelled(d: Dim, relation: Relation): Dim {
  if (constantOf(d) !== undefined) return d;
  const varying = d.terms.filter((t) => t.key !== "");
  const isEquation = relation === "==" || relation === "!=";
  const counted = isEquation ? d.terms : varying;
  const content = counted.reduce((g, t) => gcd(g, t.coefficient), 0);
  const common = d.terms.length > 1 ? commonFactors(d.terms) : [];
  const divisor = makeTerm(content, common);
  const whole = d.terms.map((t) => divideTerm(t, divisor));
  const kept = whole.filter((t) => t !== undefined);
  if (kept.length === whole.length) return ofTerms(kept);
  const parts = varying.flatMap((t) => divideTerm(t, makeTerm(content, [])) ?? []);
  return add(ofTerms(parts), int(roundedAway(constantTerm(d) / content, relation)));
}

/** The constant of a bound over integers: `2 * T <= 5` is `T <= 2`. */
function roundedAway(constant: number, relation: Relation): number {
  const isUpwards = relation === "<=" || relation === ">";
  return isUpwards ? Math.ceil(constant) : Math.floor(constant);
}

function commonFactors(terms: readonly Term[]): Term["factors"] {
  const [first, ...rest] = terms;
  return (first?.factors ?? []).flatMap(({ atom, exponent }) => {
    const least = rest.reduce((low, t) => {
      const found = t.factors.find((f) => f.atom.key === atom.key);
      return Math.min(low, found?.exponent ?? 0);
    }, exponent);
    return least > 0 ? [{ atom, exponent: least }] : [];
  });
}

/** `n - k * (n / k) - r == 0`, and its negative, as `n % k == r`. */
function remainderForm(d: Dim, relation: Relation): Fact | undefined {
  for (const [side, sign] of [
    [d, relation],
    [negate(d), FLIPPED[relation]],
  ] as const) {
    for (const { factors } of side.terms) {
      for (const { atom } of factors) {
        if (atom.kind !== "floor") continue;
        const left = sub(atom.num, mul(atom.den, atomDim(atom)));
        const right = negate(sub(side, left));
        if (constantOf(right) !== undefined) return { relation: sign, left, right };
      }
    }
  }
  return undefined;
}

/** Terms with positive coefficients, and the negated others: `left relation right`. */
function sidesOf(d: Dim): readonly [left: Dim, right: Dim] {
  const left = ofTerms(d.terms.filter((t) => t.coefficient > 0));
  return [left, sub(left, d)];
}

/** A strict bound by a number as one that is not: `T > 0` is `T >= 1`; `T - 1 == S` keeps its number on the right. */
function bounded(relation: Relation, left: Dim, right: Dim): Fact {
  const limit = constantOf(right);
  if (limit !== undefined && relation === ">")
    return { relation: ">=", left, right: int(limit + 1) };
  if (limit !== undefined && relation === "<" && limit > 0)
    return { relation: "<=", left, right: int(limit - 1) };
  return { relation, left, right };
}

/** A fact in words of the language; one with cases as those, each in its simplest form. */
export function stated(fact: Fact): string {
  const { cases, left, relation, right } = decoded(fact);
  if (!cases) return `${show(left)} ${relation} ${show(right)}`;
  return cases.map((group) => group.map((f) => stated(simplest(f))).join(" and ")).join(" or ");
}

/** Whether two facts state the same in the same words. */
export const isSameFact = (a: Fact, b: Fact): boolean =>
  a.relation === b.relation && same(a.left, b.left) && same(a.right, b.right);
