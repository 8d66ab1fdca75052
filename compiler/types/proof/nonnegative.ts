// Proves that a dim is never negative, by a certificate: a sum of known non-negative dims that it is not below.
import {
  add,
  atomDim,
  constantOf,
  constantTerm,
  gcd,
  int,
  makeTerm,
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
  const constant = constantOf(goal);
  if (constant !== undefined) return constant >= 0;
  const answers = (given.answers[depth] ??= new Map<string, boolean>());
  const known = answers.get(goal.key);
  if (known !== undefined) return known;
  const answer = given.effort.spend(goal.terms.length) && isProved(goal, given, depth);
  // An answer for want of effort says nothing of the dim.
  if (answer || !given.effort.isSpent) answers.set(goal.key, answer);
  return answer;
}

function isProved(goal: Dim, given: Hypotheses, depth: number): boolean {
  if (goal.terms.every((t) => t.coefficient > 0 && isNonNegativeTerm(t, given, depth))) return true;
  if (depth >= maxDepth) return false;
  const cleared = withoutQuotient(goal);
  if (cleared && isNonNegative(cleared, given, depth + 1)) return true;
  const ask = oracle(given, depth);
  const reach = reachOf(goal, given, ask);
  const { effort } = given;
  if (
    reach.single.length > 0 &&
    hasCertificate(goal, withProducts(goal, reach, ask, effort), given, depth)
  )
    return true;
  return (
    depth === 0 &&
    hasCertificate(int(-1), contradictionColumns(goal, reach, ask, effort), given, depth)
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
  return hasCertificate(int(-1), withProducts(int(-1), reach, ask, given.effort), given, 0);
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
  const monomials = monomialsOf(goal, columns);
  const cells = (monomials.size + 1) * columns.length;
  if (!given.effort.spend(cells / 32)) return false;
  const rows: Row[] = [];
  const signed: string[] = [];
  for (const [key, { term, line }] of monomials) {
    const bound = coefficientOf(goal, key);
    // Integers: a goal above -1 is at least 0.
    rows.push({ coefficients: line, bound: key === "" ? bound + 1 - 1 / 64 : bound });
    if (key === "" || isNonNegativeTerm(term, given, depth)) continue;
    signed.push(key);
    rows.push({ coefficients: line.map((c) => -c), bound: -bound });
  }
  const multipliers = feasible(rows, columns.length, given.effort);
  return multipliers !== undefined && isExact(goal, columns, multipliers, signed);
}

/** Every monomial of the goal and the columns with its coefficients in the columns, the one of numbers last. */
function monomialsOf(
  goal: Dim,
  columns: readonly Dim[],
): ReadonlyMap<string, { readonly term: Term; readonly line: Float64Array }> {
  const found = new Map<string, { readonly term: Term; readonly line: Float64Array }>();
  const lineOf = (term: Term): Float64Array => {
    const known = found.get(term.key)?.line;
    if (known) return known;
    const line = new Float64Array(columns.length);
    found.set(term.key, { term, line });
    return line;
  };
  for (const term of goal.terms) if (term.key !== "") lineOf(term);
  const constants = new Float64Array(columns.length);
  for (const [j, { terms }] of columns.entries())
    for (const term of terms) (term.key === "" ? constants : lineOf(term))[j] = term.coefficient;
  return found.set("", { term: makeTerm(1, []), line: constants });
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
