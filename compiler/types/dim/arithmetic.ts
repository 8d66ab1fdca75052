// Arithmetic on dims: sums, products, floor division, minimum, maximum, powers, and replacement of atoms.
import {
  atomDim,
  constantOf,
  constantTerm,
  ofTerms,
  gcd,
  int,
  makeTerm,
  mulTerms,
  partsOf,
  same,
  symsOf,
  type Atom,
  type Dim,
  type Sym,
  type Term,
} from "./terms.js";

/** The sum. */
export function add(...dims: readonly Dim[]): Dim {
  return dims.length === 2 && dims[0]?.terms.length === 0
    ? (dims[1] ?? int(0))
    : ofTerms(dims.flatMap((d) => d.terms));
}

/** `-d`. */
export const negate = (d: Dim): Dim => scale(d, -1);
/** `a - b`. */
export const sub = (a: Dim, b: Dim): Dim => add(a, negate(b));

/** `d * factor` for an integer factor. */
export function scale(d: Dim, factor: number): Dim {
  if (factor === 0) return int(0);
  if (factor === 1) return d;
  return ofTerms(d.terms.map((t) => ({ ...t, coefficient: t.coefficient * factor })));
}

/** The product. */
export function mul(...dims: readonly Dim[]): Dim {
  return dims.reduce(mulTwo, int(1));
}

function mulTwo(a: Dim, b: Dim): Dim {
  const ca = constantOf(a);
  if (ca !== undefined) return scale(b, ca);
  const cb = constantOf(b);
  if (cb !== undefined) return scale(a, cb);
  return ofTerms(a.terms.flatMap((x) => b.terms.map((y) => mulTerms(x, y))));
}

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

/** The smaller of two; itself an atom where the difference is not constant. */
export const min = (a: Dim, b: Dim): Dim => extremum("min", a, b);
/** The larger of two; itself an atom where the difference is not constant. */
export const max = (a: Dim, b: Dim): Dim => extremum("max", a, b);

/** `base ** exponent`; expands constant exponents, keeps a symbolic exponent as an atom. */
export function pow(base: Dim, exponent: Dim): Dim {
  const e = constantOf(exponent);
  const b = constantOf(base);
  if (e !== undefined && e >= 0)
    return b === undefined ? mul(...Array<Dim>(e).fill(base)) : int(b ** e);
  if (b === 1) return int(1);
  // `2 ** (i + 1)` is `2 * 2 ** i`, so that pyramids meet.
  const shift = constantTerm(exponent);
  if (shift > 0) return mul(pow(base, int(shift)), pow(base, sub(exponent, int(shift))));
  return atomDim({ kind: "pow", base, exponent, key: `p(${base.key}^${exponent.key})` });
}

/** The product of a shape. */
export const numel = (shape: readonly Dim[]): Dim => mul(...shape);

/** Replaces symbols and brings the result back to canonical form. */
export function substitute(d: Dim, replace: (sym: Sym) => Dim | undefined): Dim {
  return mapAtoms(d, (atom) => (atom.kind === "sym" ? replace(atom.sym) : undefined));
}

/** Rebuilds a dim bottom-up; `replace` may answer for an atom whose parts were already rebuilt. */
export function mapAtoms(d: Dim, replace: (atom: Atom) => Dim | undefined): Dim {
  const values = d.terms.map((t) => t.factors.map((f) => mapAtom(f.atom, replace)));
  if (values.every((row) => row.every((v) => v === undefined))) return d;
  const parts = d.terms.map(({ coefficient, factors }, i) => {
    const mapped = factors.map(({ atom, exponent }, j) => {
      const value = values[i]?.[j];
      return value ? pow(value, int(exponent)) : atomDim(atom, exponent);
    });
    return scale(mul(...mapped), coefficient);
  });
  return add(...parts);
}

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
      rest = sub(rest, mulTwo(piece, b));
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
  for (const { atom, exponent } of b.factors) {
    const known = factors.get(atom.key);
    if (!known || known.exponent < exponent) return undefined;
    if (known.exponent === exponent) factors.delete(atom.key);
    else factors.set(atom.key, { atom, exponent: known.exponent - exponent });
  }
  return makeTerm(a.coefficient / b.coefficient, [...factors.values()]);
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
  return floorDiv(add(atom.num, scale(atom.den, constant)), mulTwo(atom.den, b));
}

/** The largest monomial that divides every term. */
function commonFactor(terms: readonly Term[]): Term {
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
  for (const term of d.terms) {
    for (const { atom } of term.factors) if (atom.kind !== "sym") return undefined;
  }
  return substitute(d, (sym) =>
    sym.kind === "index" && sym.bound ? sub(sym.bound, int(1)) : undefined,
  );
}

function extremum(kind: "min" | "max", a: Dim, b: Dim): Dim {
  if (same(a, b)) return a;
  const difference = constantOf(sub(a, b));
  if (difference !== undefined) return difference < 0 === (kind === "min") ? a : b;
  const args: readonly [Dim, Dim] = a.key < b.key ? [a, b] : [b, a];
  return atomDim({ kind, args, key: `${kind}(${args[0].key},${args[1].key})` });
}

function mapAtom(atom: Atom, replace: (atom: Atom) => Dim | undefined): Dim | undefined {
  if (atom.kind === "sym") return replace(atom);
  const before = partsOf(atom);
  const parts = before.map((p) => mapAtoms(p, replace));
  const [first, second] = parts;
  if (first && second && parts.some((p, i) => p !== before[i])) {
    if (atom.kind === "floor") return floorDiv(first, second);
    if (atom.kind === "pow") return pow(first, second);
    return extremum(atom.kind, first, second);
  }
  return replace(atom);
}
