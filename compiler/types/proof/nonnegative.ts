// Proves that a dim is never negative, by a certificate: a sum of known non-negative dims that it is not below.
import {
  add,
  atomDim,
  constantOf,
  constantTerm,
  gcd,
  int,
  mul,
  partsOf,
  scale,
  sub,
  type Atom,
  type Dim,
  type Term,
} from "../dim.js";
import {
  contradictionColumns,
  reachOf,
  withProducts,
  type Hypotheses,
  type Oracle,
} from "./columns.js";
import { asFraction, feasible, type Row } from "./simplex.js";

const maxDepth = 3;

/**
 * Whether `goal >= 0` follows. Divisors count as positive: an assignment under which a written division is by zero
 * is no assignment of the program. Sound, not complete: false means "found no proof".
 */
export function isNonNegative(goal: Dim, given: Hypotheses, depth = 0): boolean {
  const known = constantOf(goal);
  if (known !== undefined) return known >= 0;
  if (goal.terms.every((t) => t.coefficient > 0 && isNonNegativeTerm(t, given, depth))) return true;
  if (depth >= maxDepth) return false;
  const cleared = withoutQuotient(goal);
  if (cleared && isNonNegative(cleared, given, depth + 1)) return true;
  const ask = oracle(given, depth);
  const reach = reachOf(goal, given, ask);
  if (reach.single.length > 0 && hasCertificate(goal, withProducts(goal, reach, ask), given, depth))
    return true;
  return (
    depth === 0 && hasCertificate(int(-1), contradictionColumns(goal, reach, ask), given, depth)
  );
}

/** `a / b + r >= 0` as what it is equivalent to: `a + b * r >= 0`; undefined for a goal that is no quotient and a rest. */
function withoutQuotient(goal: Dim): Dim | undefined {
  const quotients = goal.terms.flatMap((term) => {
    const [only, ...others] = term.factors;
    const isBare = only?.atom.kind === "floor" && only.exponent === 1 && others.length === 0;
    return isBare && term.coefficient === 1 ? [only.atom] : [];
  });
  const [atom, ...others] = quotients;
  if (atom?.kind !== "floor" || others.length > 0) return undefined;
  return add(atom.num, mul(atom.den, sub(goal, atomDim(atom))));
}

/** Whether the hypotheses exclude each other. */
export function isInconsistent(given: Hypotheses): boolean {
  if (given.nonNegative.length === 0) return false;
  const ask = oracle(given, 0);
  const reach = reachOf(undefined, given, ask);
  return hasCertificate(int(-1), withProducts(int(-1), reach, ask), given, 0);
}

const oracle = (given: Hypotheses, depth: number): Oracle => ({
  dim: (d) => isNonNegative(d, given, depth + 1),
  atom: (atom) => isNonNegativeAtom(atom, given, depth),
});

function isNonNegativeTerm(term: Term, given: Hypotheses, depth: number): boolean {
  return term.factors.every((f) => f.exponent % 2 === 0 || isNonNegativeAtom(f.atom, given, depth));
}

function isNonNegativeAtom(atom: Atom, given: Hypotheses, depth: number): boolean {
  if (atom.kind === "sym") return !given.isSigned(atom.sym);
  if (depth >= maxDepth) return false;
  const holds = (d: Dim): boolean => isNonNegative(d, given, depth + 1);
  if (atom.kind === "floor") return holds(atom.num);
  if (atom.kind === "pow") return holds(atom.base);
  return atom.kind === "min" ? atom.args.every(holds) : atom.args.some(holds);
}

/** Whether some non-negative combination of the columns is at most the goal, monomial by monomial. */
function hasCertificate(
  goal: Dim,
  columns: readonly Dim[],
  given: Hypotheses,
  depth: number,
): boolean {
  const monomials = new Map<string, Term>();
  for (const d of [goal, ...columns]) for (const t of d.terms) monomials.set(t.key, t);
  monomials.delete("");
  const rows: Row[] = [];
  const row = (key: string, extra: number): Row => ({
    coefficients: columns.map((c) => coefficientOf(c, key)),
    bound: coefficientOf(goal, key) + extra,
  });
  const signed: string[] = [];
  for (const [key, term] of monomials) {
    const line = row(key, 0);
    rows.push(line);
    if (isNonNegativeTerm(term, given, depth)) continue;
    signed.push(key);
    rows.push({ coefficients: line.coefficients.map((c) => -c), bound: -line.bound });
  }
  // Integers: a goal above -1 is at least 0.
  rows.push(row("", 1 - 1 / 64));
  const multipliers = feasible(rows, columns.length);
  return multipliers !== undefined && isExact(goal, columns, multipliers, signed);
}

/** Checks a certificate with whole numbers: `goal - sum(multiplier * column)` has no negative coefficient. */
function isExact(
  goal: Dim,
  columns: readonly Dim[],
  multipliers: readonly number[],
  signed: readonly string[],
): boolean {
  const fractions = multipliers.map((x) => asFraction(x));
  const common = fractions.reduce((acc, [, q]) => lcm(acc, q), 1);
  if (common > 1e6) return false;
  let rest = scale(goal, common);
  columns.forEach((column, j) => {
    const [p, q] = fractions[j] ?? [0, 1];
    if (p !== 0) rest = sub(rest, scale(column, (p * common) / q));
  });
  if (fractions.some(([p]) => p < 0)) return false;
  return (
    rest.terms.every((t) => t.key === "" || (t.coefficient > 0 && !signed.includes(t.key))) &&
    constantTerm(rest) > -common
  );
}

const coefficientOf = (d: Dim, key: string): number =>
  d.terms.find((t) => t.key === key)?.coefficient ?? 0;

const lcm = (a: number, b: number): number => (a / gcd(a, b)) * b;

/** Divisors that occur anywhere in a dim. */
export function divisorsOf(d: Dim, into: Map<string, Dim> = new Map()): Map<string, Dim> {
  for (const term of d.terms) {
    for (const { atom } of term.factors) {
      if (atom.kind === "floor") into.set(atom.den.key, atom.den);
      for (const part of partsOf(atom)) divisorsOf(part, into);
    }
  }
  return into;
}
