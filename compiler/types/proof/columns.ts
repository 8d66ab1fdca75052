// What a proof may add up: dims that are never negative and share something with the goal.
import { atomDim, int, mul, sub, type Atom, type Dim, type Sym, type Term } from "../dim.js";
import type { Effort } from "./effort.js";

/** What a proof may use. */
export interface Hypotheses {
  /** Dims that are `>= 0` wherever the facts hold. */
  readonly nonNegative: readonly Dim[];
  /** Whether a symbol may be negative; every other symbol is `>= 0`. */
  isSigned(sym: Sym): boolean;
  /** Applies the equalities among the facts. */
  normalize(d: Dim): Dim;
  /** What was asked before, by the depth of the proof and the key of the dim. */
  readonly answers: Map<string, boolean>[];
  /** What the work of proofs is counted by. */
  readonly effort: Effort;
}

/** Asks whether smaller things are never negative, at a greater depth of the same proof. */
export interface Oracle {
  dim(d: Dim): boolean;
  atom(atom: Atom): boolean;
}

/** More columns than this make a linear program slow and a proof unlikely. */
export const maxColumns = 96;

/** Products of two dims with more terms than this have no place in a proof. */
const maxTerms = 256;

/** Hypotheses and bounds that share an atom with the goal, directly or through each other, and those atoms. */
export interface Reach {
  readonly single: readonly Dim[];
  readonly atoms: ReadonlyMap<string, Atom>;
}

/** Collects what reaches the goal. Without a goal everything does. */
export function reachOf(goal: Dim | undefined, given: Hypotheses, ask: Oracle): Reach {
  const atoms = new Map<string, Atom>();
  const queue = new Map<string, Atom>();
  const single: Dim[] = [];
  const take = (d: Dim): void => {
    for (const [key, atom] of atomsOf(d)) if (!atoms.has(key)) queue.set(key, atom);
  };
  const takeBounds = (): void => {
    for (const [key, atom] of queue) {
      queue.delete(key);
      atoms.set(key, atom);
      const bounds = boundsOf(atom, ask).map((d) => given.normalize(d));
      single.push(...bounds);
      bounds.forEach(take);
    }
  };
  let open = given.nonNegative.map((d) => ({ d, keys: [...atomsOf(d).keys()] }));
  if (goal) take(goal);
  else
    open.forEach(({ d }) => {
      take(d);
    });
  while (queue.size > 0 && single.length <= maxColumns) {
    takeBounds();
    const near = open.filter(({ keys }) => keys.some((key) => atoms.has(key)));
    open = open.filter((entry) => !near.includes(entry));
    for (const { d } of near) {
      single.push(d);
      take(d);
    }
  }
  return { single: single.slice(0, maxColumns), atoms };
}

/** The singles, and products of two of them or of one with an atom, where the goal has products at all. */
export function withProducts(
  goal: Dim,
  { single, atoms }: Reach,
  ask: Oracle,
  effort: Effort,
): readonly Dim[] {
  const columns = [...single];
  const degree = degreeOf([goal, ...single]);
  if (degree < 2) return columns;
  const factors = factorsOf(atoms, ask);
  const factored = single.filter((d) => degreeOf([d]) < degree);
  for (const d of factored) {
    const others = factored.filter((other) => d.key <= other.key);
    for (const other of [...factors, ...others]) {
      if (columns.length >= maxColumns) return columns;
      const product = productOf(d, other, effort);
      if (product) columns.push(product);
    }
  }
  return columns;
}

/** The product where it is of a size to work with; undefined also where the effort is spent. */
function productOf(a: Dim, b: Dim, effort: Effort): Dim | undefined {
  const size = a.terms.length * b.terms.length;
  return size <= maxTerms && effort.spend(size) ? mul(a, b) : undefined;
}

/**
 * For a proof by contradiction: what is `>= 0` where the goal is not, times what occurs in the goal; squares; and in goals of
 * degree three hypotheses times two atoms. Only columns that share a monomial with what came before are kept.
 */
export function contradictionColumns(
  goal: Dim,
  { single, atoms }: Reach,
  ask: Oracle,
  effort: Effort,
): readonly Dim[] {
  const opposite = sub(int(-1), goal);
  const factors = factorsOf(atoms, ask);
  const degree = degreeOf([goal]);
  const times = (d: Dim, by: Dim): readonly Dim[] => {
    const product = productOf(d, by, effort);
    return product ? [product] : [];
  };
  const columns = [opposite, ...factors.flatMap((f) => times(opposite, f)), ...single];
  const monomials = new Set(columns.flatMap((d) => d.terms.map((t) => t.key)));
  const candidates = [
    ...squaresOf(goal, factors),
    ...single.flatMap((d) => factors.flatMap((f) => times(d, f))),
    ...(degree < 3 ? [] : triplesOf(single, factors)),
  ];
  return related(columns, monomials, candidates);
}

/** The columns and those candidates whose monomials occur, as far as one step of sharing leads. */
function related(
  columns: readonly Dim[],
  monomials: ReadonlySet<string>,
  candidates: readonly Dim[],
): readonly Dim[] {
  const known = new Set(monomials);
  const taken = [...columns];
  let open = candidates;
  for (let step = 0; step < 2 && taken.length < maxColumns; step++) {
    const [near, far]: [Dim[], Dim[]] = [[], []];
    for (const d of open)
      (d.terms.some((t) => t.key !== "" && known.has(t.key)) ? near : far).push(d);
    taken.push(...near);
    for (const d of near) for (const t of d.terms) known.add(t.key);
    open = far;
  }
  return taken.slice(0, maxColumns);
}

/** `(a - b) ** 2` for atoms whose squares or product the goal has, and `a * a - a`, which no integer makes negative. */
function squaresOf(goal: Dim, factors: readonly Dim[]): readonly Dim[] {
  if (degreeOf([goal]) < 2) return [];
  const squares: Dim[] = [];
  for (const [i, a] of factors.entries()) {
    squares.push(sub(mul(a, a), a));
    for (const b of factors.slice(i + 1)) {
      const difference = sub(a, b);
      squares.push(mul(difference, difference));
      if (squares.length > 24) return squares;
    }
  }
  return squares;
}

function triplesOf(single: readonly Dim[], factors: readonly Dim[]): readonly Dim[] {
  const linear = single.filter((d) => degreeOf([d]) === 1).slice(0, 8);
  const few = factors.slice(0, 8);
  return linear.flatMap((d) => few.flatMap((a, i) => few.slice(i).map((b) => mul(d, mul(a, b)))));
}

const factorsOf = (atoms: Reach["atoms"], ask: Oracle): readonly Dim[] =>
  [...atoms.values()].filter((a) => ask.atom(a)).map((a) => atomDim(a));

const degreeOf = (dims: readonly Dim[]): number =>
  dims.reduce((most, d) => d.terms.reduce((high, t) => Math.max(high, degree(t)), most), 0);

const degree = (t: Term): number => t.factors.reduce((sum, f) => sum + f.exponent, 0);

/** What is always so of an atom, as dims that are `>= 0`. */
function boundsOf(atom: Atom, ask: Oracle): readonly Dim[] {
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
    case "pow": {
      const isGrowing = ask.dim(sub(atom.base, int(1))) && ask.dim(atom.exponent);
      return isGrowing ? [sub(self, int(1))] : [];
    }
  }
}

/** The atoms at the top of a polynomial, by key. */
export function atomsOf(d: Dim): Map<string, Atom> {
  const found = new Map<string, Atom>();
  for (const term of d.terms) for (const { atom } of term.factors) found.set(atom.key, atom);
  return found;
}
