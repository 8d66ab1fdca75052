// Proves that a dim is never negative, by a certificate: a sum of known non-negative dims that it is not below.
import {
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
  type Sym,
  type Term,
} from "../dim.js";
import { asFraction, feasible, type Row } from "./simplex.js";

/** What a proof may use. */
export interface Hypotheses {
  /** Dims that are `>= 0` wherever the facts hold. */
  readonly nonNegative: readonly Dim[];
  /** Whether a symbol may be negative; every other symbol is `>= 0`. */
  isSigned(sym: Sym): boolean;
  /** Applies the equalities among the facts. */
  normalize(d: Dim): Dim;
}

const maxColumns = 96;
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
  const columns = columnsFor(goal, given, depth);
  return (
    columns.length > 0 && hasCertificate(goal, columns, (t) => isNonNegativeTerm(t, given, depth))
  );
}

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

/** Non-negative dims that share something with the goal: hypotheses, bounds of atoms, and products of them. */
function columnsFor(goal: Dim, given: Hypotheses, depth: number): readonly Dim[] {
  const atoms = atomsOf(goal);
  const single: Dim[] = [];
  let open = [...given.nonNegative];
  let grew = true;
  const addBounds = (atom: Atom): void => {
    for (const raw of boundsOf(atom, given, depth)) {
      const bound = given.normalize(raw);
      single.push(bound);
      for (const [key, inner] of atomsOf(bound)) if (!atoms.has(key)) queue.set(key, inner);
    }
  };
  const queue = new Map(atoms);
  while (grew || queue.size > 0) {
    grew = false;
    for (const [key, atom] of queue) {
      queue.delete(key);
      atoms.set(key, atom);
      addBounds(atom);
    }
    const rest: Dim[] = [];
    for (const d of open) {
      const own = atomsOf(d);
      if (![...own.keys()].some((key) => atoms.has(key))) rest.push(d);
      else {
        single.push(d);
        grew = true;
        for (const [key, atom] of own) if (!atoms.has(key)) queue.set(key, atom);
      }
    }
    open = rest;
    if (single.length > maxColumns) break;
  }
  return withProducts(goal, single.slice(0, maxColumns), atoms, given, depth);
}

/** Products of two hypotheses, and of a hypothesis with an atom, where the goal has products at all. */
function withProducts(
  goal: Dim,
  single: readonly Dim[],
  atoms: ReadonlyMap<string, Atom>,
  given: Hypotheses,
  depth: number,
): readonly Dim[] {
  const columns = [...single];
  const degree = Math.max(...[goal, ...single].flatMap((d) => d.terms.map(degreeOf)), 0);
  if (degree < 2) return columns;
  const factors = [...atoms.values()]
    .filter((a) => isNonNegativeAtom(a, given, depth))
    .map((a) => atomDim(a));
  const factored = single.filter((d) => Math.max(...d.terms.map(degreeOf)) < degree);
  for (const d of factored) {
    for (const factor of factors) columns.push(mul(d, factor));
    for (const other of factored) if (d.key <= other.key) columns.push(mul(d, other));
    if (columns.length > maxColumns) break;
  }
  return columns.slice(0, maxColumns);
}

const degreeOf = (t: Term): number => t.factors.reduce((sum, f) => sum + f.exponent, 0);

/** What is always so of an atom, as dims that are `>= 0`. */
function boundsOf(atom: Atom, given: Hypotheses, depth: number): readonly Dim[] {
  const self = atomDim(atom);
  switch (atom.kind) {
    case "sym":
      return atom.sym.bound ? [sub(sub(atom.sym.bound, int(1)), self)] : [];
    case "floor": {
      const remainder = sub(atom.num, mul(atom.den, self));
      return [remainder, sub(sub(atom.den, int(1)), remainder), sub(atom.den, int(1))];
    }
    case "min":
      return atom.args.map((a) => sub(a, self));
    case "max":
      return atom.args.map((a) => sub(self, a));
    case "pow":
      return isNonNegative(sub(atom.base, int(1)), given, depth + 1) &&
        isNonNegative(atom.exponent, given, depth + 1)
        ? [sub(self, int(1))]
        : [];
  }
}

/** The atoms at the top of a polynomial, by key. */
function atomsOf(d: Dim): Map<string, Atom> {
  const found = new Map<string, Atom>();
  for (const term of d.terms) for (const { atom } of term.factors) found.set(atom.key, atom);
  return found;
}

/** Whether some non-negative combination of the columns is at most the goal, monomial by monomial. */
function hasCertificate(
  goal: Dim,
  columns: readonly Dim[],
  isNonNegativeMonomial: (term: Term) => boolean,
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
    if (isNonNegativeMonomial(term)) continue;
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
