// Floor division of dims: exact where it can be, else an atom with everything common cancelled.
import { add, mul, negate, pow, scale, sub } from "./arithmetic.js";
import {
  atomDim,
  constantOf,
  constantTerm,
  gcd,
  int,
  makeTerm,
  mulTerms,
  ofTerms,
  symsOf,
  type Atom,
  type Dim,
  type Term,
} from "./terms.js";

/** Floor division. Division by a dim that may be zero is the caller's obligation. */
export function floorDiv(a: Dim, b: Dim): Dim {
  const k = constantOf(b);
  if (k === 1 || a.terms.length === 0) return a;
  if (k === 0) return floorAtom(a, b);
  if (k !== undefined && k < 0) return floorDiv(negate(a), int(-k));
  const { quotient, remainder } = k === undefined ? divideByPoly(a, b) : divideByConstant(a, k);
  if (remainder.terms.length === 0 || isWithin(remainder, b)) return quotient;
  return add(quotient, k === undefined ? floorByPoly(remainder, b) : floorByConstant(remainder, k));
}

/** `a % b` with the sign of `b`; canonical as `a - b * (a / b)`. */
export const mod = (a: Dim, b: Dim): Dim => sub(a, mul(b, floorDiv(a, b)));

/** `a / b` rounded up. */
export const ceilDiv = (a: Dim, b: Dim): Dim => floorDiv(add(a, b, int(-1)), b);

interface Division {
  readonly quotient: Dim;
  readonly remainder: Dim;
}

/** `a = k * quotient + remainder` with every coefficient of the remainder in [0, k). */
function divideByConstant(a: Dim, k: number): Division {
  const quotient = a.terms.map((t) => ({ ...t, coefficient: Math.floor(t.coefficient / k) }));
  const remainder = a.terms.map((t) => ({
    ...t,
    coefficient: t.coefficient - k * Math.floor(t.coefficient / k),
  }));
  return { quotient: ofTerms(nonZero(quotient)), remainder: ofTerms(nonZero(remainder)) };
}

const nonZero = (terms: readonly Term[]): Term[] => terms.filter((t) => t.coefficient !== 0);

/** Division by the leading term of `b` that leaves nothing, else by the first one. */
function divideByPoly(a: Dim, b: Dim): Division {
  let first: Division | undefined;
  for (const lead of b.terms) {
    const division = divideByLead(a, b, lead);
    if (division.remainder.terms.length === 0) return division;
    first ??= division;
  }
  return first ?? { quotient: int(0), remainder: a };
}

/** Takes out of `a` every multiple of one term of `b`; exact when `b` divides `a`. */
function divideByLead(a: Dim, b: Dim, lead: Term): Division {
  let quotient = int(0);
  let rest = a;
  const stuck: Term[] = [];
  // Each round removes a leading term for good; the bound only guards against a cycle of atoms.
  for (let round = 0; round < 64 && rest.terms.length > 0; round++) {
    const [head] = rest.terms;
    if (!head) break;
    const factor = divideTerm(head, lead);
    if (factor) {
      const piece = ofTerms([factor]);
      quotient = add(quotient, piece);
      rest = sub(rest, mul(piece, b));
    } else {
      stuck.push(head);
      rest = ofTerms(rest.terms.slice(1));
    }
  }
  return { quotient, remainder: add(rest, ofTerms(stuck)) };
}

/** The term that times `b` is `a`, where there is one with an integer coefficient. */
export function divideTerm(a: Term, b: Term): Term | undefined {
  if (a.coefficient % b.coefficient !== 0) return undefined;
  const factors = new Map(a.factors.map((f) => [f.atom.key, f]));
  const powers: Term[] = [];
  for (const { atom, exponent } of b.factors) {
    const known = factors.get(atom.key);
    if (!known || known.exponent < exponent) {
      const rest = atom.kind === "pow" ? restOfPower(atom, a) : undefined;
      if (!rest) return undefined;
      factors.delete(rest.of.key);
      powers.push(rest.term);
    } else if (known.exponent === exponent) factors.delete(atom.key);
    else factors.set(atom.key, { atom, exponent: known.exponent - exponent });
  }
  return powers.reduce(mulTerms, makeTerm(a.coefficient / b.coefficient, [...factors.values()]));
}

type Power = Atom & { readonly kind: "pow" };

/** What a power of the same base in `a` leaves when divided by `by`: `2 ** (i + j)` by `2 ** i` leaves `2 ** j`. */
function restOfPower(by: Power, a: Term): { readonly of: Power; readonly term: Term } | undefined {
  for (const { atom } of a.factors) {
    if (atom.kind !== "pow" || atom.base.key !== by.base.key) continue;
    const exponent = sub(atom.exponent, by.exponent);
    // Sizes are never negative, so neither is a sum of them.
    if (exponent.terms.some((t) => t.coefficient < 0)) continue;
    const [term, ...more] = pow(by.base, exponent).terms;
    if (term && more.length === 0) return { of: atom, term };
  }
  return undefined;
}

/** `floor(r / k)` for a remainder of `divideByConstant`: common factors cancel, nested floors merge. */
function floorByConstant(r: Dim, k: number): Dim {
  const constant = constantTerm(r);
  const varying = r.terms.filter((t) => t.key !== "");
  const g = varying.reduce((acc, t) => gcd(acc, t.coefficient), k);
  if (g > 1) {
    const smaller = varying.map((t) => ({ ...t, coefficient: t.coefficient / g }));
    return floorDiv(add(ofTerms(smaller), int(Math.floor(constant / g))), int(k / g));
  }
  return mergedFloor(r, int(k)) ?? floorAtom(r, int(k));
}

/** `floor(r / b)` for a remainder of `divideByPoly`: what both have as a factor cancels, nested floors merge. */
function floorByPoly(r: Dim, b: Dim): Dim {
  const common = commonFactor([...r.terms, ...b.terms]);
  if (common.factors.length > 0) {
    return floorDiv(divideEach(r, common), divideEach(b, common));
  }
  const constant = constantTerm(r);
  const varying = r.terms.filter((t) => t.key !== "");
  const g = [...varying, ...b.terms].reduce((acc, t) => gcd(acc, t.coefficient), 0);
  if (g > 1) {
    const smaller = ofTerms(varying.map((t) => ({ ...t, coefficient: t.coefficient / g })));
    const divisor = ofTerms(b.terms.map((t) => ({ ...t, coefficient: t.coefficient / g })));
    return floorDiv(add(smaller, int(Math.floor(constant / g))), divisor);
  }
  return mergedFloor(r, b) ?? floorAtom(r, b);
}

/** `floor((floor(n / d) + c) / b)` is `floor((n + c * d) / (d * b))`. */
function mergedFloor(r: Dim, b: Dim): Dim | undefined {
  const constant = constantTerm(r);
  const [only, ...others] = r.terms.filter((t) => t.key !== "");
  const [inner, ...more] = only?.factors ?? [];
  if (!only || !inner || others.length > 0 || more.length > 0) return undefined;
  const { atom } = inner;
  if (only.coefficient !== 1 || inner.exponent !== 1 || atom.kind !== "floor") return undefined;
  if ((constantOf(atom.den) ?? 1) < 1) return undefined;
  return floorDiv(add(atom.num, scale(atom.den, constant)), mul(atom.den, b));
}

/** The largest monomial that divides every term. */
export function commonFactor(terms: readonly Term[]): Term {
  const [first, ...rest] = terms;
  const factors = (first?.factors ?? []).flatMap(({ atom, exponent }) => {
    const least = rest.reduce((low, t) => {
      const found = t.factors.find((f) => f.atom.key === atom.key);
      return Math.min(low, found?.exponent ?? 0);
    }, exponent);
    return least > 0 ? [{ atom, exponent: least }] : [];
  });
  return makeTerm(1, factors);
}

const divideEach = (d: Dim, by: Term): Dim =>
  ofTerms(d.terms.flatMap((t) => divideTerm(t, by) ?? []));

const floorAtom = (num: Dim, den: Dim): Dim =>
  atomDim({ kind: "floor", num, den, key: `f(${num.key}/${den.key})` });
/** Whether 0 <= r < b follows from the bounds of the indices in `r` (every size being at least 1 where an index runs). */
function isWithin(r: Dim, b: Dim): boolean {
  if (!r.terms.every((t) => t.coefficient > 0)) return false;
  let hasIndex = false;
  for (const sym of symsOf(r)) if (sym.kind === "index") hasIndex = true;
  if (!hasIndex && constantOf(r) === undefined) return false;
  const top = upperBound(r);
  if (!top) return false;
  const slack = sub(sub(b, int(1)), top);
  const positive = positiveAtoms(r, b);
  // A polynomial whose only negative coefficient is the constant is smallest where its atoms are.
  const least = slack.terms.reduce(
    (sum, t) => (t.factors.every((f) => positive.has(f.atom.key)) ? sum + t.coefficient : sum),
    0,
  );
  return (
    slack.terms.every((t) => t.key === "" || t.coefficient > 0) &&
    least >= 0 &&
    (hasIndex || constantOf(b) !== undefined)
  );
}

/** Atoms that are at least 1: factors of the divisor, and of the bound of an index that runs. */
function positiveAtoms(r: Dim, b: Dim): ReadonlySet<string> {
  const bounds = [...symsOf(r)].flatMap((sym) => (sym.bound ? [sym.bound] : []));
  const products = [b, ...bounds].filter((d) => d.terms.length === 1);
  return new Set(products.flatMap((d) => d.terms.flatMap((t) => t.factors.map((f) => f.atom.key))));
}

/** The largest value of a polynomial with positive coefficients, each index at its last value. */
function upperBound(d: Dim): Dim | undefined {
  const parts: Dim[] = [];
  for (const { coefficient, factors } of d.terms) {
    let product = int(coefficient);
    for (const { atom, exponent } of factors) {
      if (atom.kind !== "sym") return undefined;
      const { kind, bound } = atom.sym;
      const most = kind === "index" && bound ? sub(bound, int(1)) : atomDim(atom);
      product = mul(product, pow(most, int(exponent)));
    }
    parts.push(product);
  }
  return add(...parts);
}
