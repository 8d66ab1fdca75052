// Turns equalities into rewrite rules, so that facts become part of the normal form of a dim.
import {
  add,
  atomDim,
  atomOf,
  divideTerm,
  floorDiv,
  freshSym,
  int,
  mapAtoms,
  max,
  min,
  mul,
  ofTerms,
  partsOf,
  pow,
  scale,
  show,
  sub,
  substitute,
  symbol,
  symsOf,
  type Atom,
  type Dim,
  type Sym,
  type Term,
} from "../dim.js";
import type { Effort } from "./effort.js";
import { isImpossible, overlap, reduced, residueOf, type ProductRule } from "./equations.js";

/** Rules whose two sides are equal wherever the facts hold. */
export interface Rules {
  /** `D -> H * q`. */
  readonly syms: ReadonlyMap<Sym, Dim>;
  /** Floors, powers and extrema by key. */
  readonly atoms: ReadonlyMap<string, Dim>;
  /** Products such as `H * K -> 64`: a leading monomial and what it equals. */
  readonly products: readonly ProductRule[];
  /** What a quotient symbol stands for, in the names of the program. */
  readonly quotients: ReadonlyMap<Sym, Dim>;
  /** Dims that must be `>= 0` because a symbol that was replaced is a size. */
  readonly consequences: readonly Dim[];
  /** Whether two facts exclude each other. */
  readonly isContradictory: boolean;
}

/** Quotient symbols by the key of the floor they stand for, so that equal facts name equal symbols. */
export type QuotientNames = Map<string, Sym>;

export const noRules: Rules = {
  syms: new Map(),
  atoms: new Map(),
  products: [],
  quotients: new Map(),
  consequences: [],
  isContradictory: false,
};

/** Applies rules until nothing changes. */
export function rewrite(d: Dim, rules: Rules): Dim {
  if (rules.syms.size + rules.atoms.size + rules.products.length === 0) return d;
  let now = d;
  for (let round = 0; round < 16; round++) {
    const next = reduceProducts(
      mapAtoms(now, (atom) => rewriteAtom(atom, rules)),
      rules,
    );
    if (next.key === now.key) return next;
    now = next;
  }
  return now;
}

function rewriteAtom(atom: Atom, rules: Rules): Dim | undefined {
  if (atom.kind === "sym") return rules.syms.get(atom.sym);
  const known = rules.atoms.get(atom.key);
  if (known || rules.products.length === 0) return known;
  const parts = partsOf(atom);
  const reduced = parts.map((p) => reduceProducts(p, rules));
  return reduced.every((p, i) => p === parts[i]) ? undefined : rebuild(atom, reduced);
}

function rebuild(atom: Atom, parts: readonly Dim[]): Dim {
  const [a, b] = parts;
  if (!a || !b) return atomDim(atom);
  if (atom.kind === "floor") return floorDiv(a, b);
  if (atom.kind === "pow") return pow(a, b);
  return atom.kind === "min" ? min(a, b) : max(a, b);
}

function reduceProducts(d: Dim, rules: Rules): Dim {
  let now = d;
  for (let round = 0; round < 64; round++) {
    const next = reduceOnce(now, rules);
    if (!next) return now;
    now = next;
  }
  return now;
}

function reduceOnce(d: Dim, rules: Rules): Dim | undefined {
  for (const { lead, value } of rules.products) {
    for (const term of d.terms) {
      const factor = divideTerm(term, lead);
      if (factor) return sub(d, mul(ofTerms([factor]), sub(ofTerms([lead]), value)));
    }
  }
  return undefined;
}

/** The dim with every quotient symbol spelled out again in the names of the program. */
export function restore(d: Dim, rules: Rules): Dim {
  let now = d;
  for (let round = 0; round < 16; round++) {
    const next = substitute(now, (sym) => rules.quotients.get(sym));
    if (next.key === now.key) return next;
    now = next;
  }
  return now;
}

/** More rounds than this are a sign of equations that breed. */
const maxRounds = 48;

/**
 * Rules for a set of equalities `d == 0`, each used in the strongest way that it allows. `isPositive` knows the factors by
 * which an equality may be divided.
 */
export function rulesFor(
  equalities: readonly Dim[],
  names: QuotientNames,
  isPositive: (atom: Atom) => boolean,
  effort: Effort,
): Rules {
  let rules = noRules;
  let open = [...equalities];
  let met = 0;
  for (let round = 0; round < maxRounds; round++) {
    const size = open.reduce((sum, d) => sum + d.key.length / 16, sizeOf(rules));
    if (!effort.spend(size)) return unsolved(rules, open);
    open = open
      .map((d) => reduced(rewrite(d, rules), isPositive))
      .filter((d) => d.terms.length > 0);
    if (open.some(isImpossible)) return { ...rules, isContradictory: true };
    const [next, ...rest] = open
      .map((d) => ({ d, solution: strongest(d, rules) }))
      .sort((a, b) => a.solution.cost - b.solution.cost);
    if (!next) {
      const implied = meetings(rules.products, met, rules);
      met = rules.products.length;
      if (implied.length === 0) break;
      open = [...implied];
      continue;
    }
    open = rest.map((r) => r.d);
    const residue = next.solution.cost > unit ? residueOf(next.d) : undefined;
    if (residue) open.push(residue, next.d);
    else rules = extend(rules, next.d, next.solution, names);
  }
  return rules;
}

/** How much there is to rewrite when a rule is added. */
const sizeOf = ({ syms, atoms, products, consequences }: Rules): number =>
  syms.size + atoms.size + products.length + consequences.length;

/** The rules, and equalities that are used as bounds alone. */
const unsolved = (rules: Rules, open: readonly Dim[]): Rules => ({
  ...rules,
  consequences: [...rules.consequences, ...open.flatMap((d) => [d, scale(d, -1)])],
});

/** What each product from `met` on implies together with those before it, as far as that is simple. */
function meetings(products: Rules["products"], met: number, rules: Rules): readonly Dim[] {
  if (products.length > 8) return [];
  return products
    .flatMap((b, j) => products.slice(0, j).map((a) => (j < met ? undefined : overlap(a, b))))
    .flatMap((d) => (d ? [rewrite(d, rules)] : []))
    .filter((d) => d.terms.length > 0 && d.terms.length <= 4);
}

/** Cost of what determines a symbol; anything above says less. */
const unit = 30;

type Solution = { readonly cost: number } & (
  | { readonly kind: "sym"; readonly sym: Sym; readonly value: Dim }
  | { readonly kind: "atom"; readonly atom: Atom; readonly value: Dim }
  | { readonly kind: "product"; readonly lead: Term; readonly value: Dim }
  | { readonly kind: "none" }
);

/** How `d == 0` is best used: replace a symbol, else a floor or power, else a product. */
function strongest(d: Dim, rules: Rules): Solution {
  const solutions = d.terms.flatMap((term) => solutionsOf(d, term, rules));
  solutions.sort((a, b) => a.cost - b.cost);
  return solutions[0] ?? { kind: "none", cost: 1000 };
}

function solutionsOf(d: Dim, term: Term, rules: Rules): readonly Solution[] {
  if (Math.abs(term.coefficient) !== 1 || term.factors.length === 0) return [];
  const others = ofTerms(d.terms.filter((t) => t !== term));
  const value = scale(others, -term.coefficient);
  const [factor, ...more] = term.factors;
  if (!factor) return [];
  if (more.length > 0 || factor.exponent !== 1) return productSolutions(term, others, value);
  const { atom } = factor;
  if (atom.kind === "sym") return symSolutions(atom.sym, others, value, rules);
  return others.key.includes(atom.key) ? [] : [{ kind: "atom", atom, value, cost: 50 }];
}

/** Products rewrite towards lower rank; those with floors go first, since floors say less than symbols. */
function productSolutions(term: Term, others: Dim, value: Dim): readonly Solution[] {
  const isGreatest = others.terms.every((t) => rank(t) < rank(term) || t.key < term.key);
  const lead: Term = { ...term, coefficient: 1 };
  return isGreatest ? [{ kind: "product", lead, value, cost: 100 - rank(term) }] : [];
}

function symSolutions(sym: Sym, others: Dim, value: Dim, rules: Rules): readonly Solution[] {
  const isFactor = (t: Term): boolean =>
    t.factors.some((f) => f.atom.kind === "sym" && f.atom.sym === sym);
  if (sym.kind === "index" || others.terms.some(isFactor)) return [];
  const holders = holdersOf(others, sym);
  if (holders.some((h) => h.kind !== "floor")) return [];
  const cost = (holders.length === 0 ? 10 : 20) + (rules.quotients.has(sym) ? 0 : 1);
  return [{ kind: "sym", sym, value, cost }];
}

/** A monomial order: floors, powers and extrema weigh more than any number of symbols. */
const rank = (t: Term): number =>
  t.factors.reduce((sum, f) => sum + f.exponent * (f.atom.kind === "sym" ? 1 : 8), 0);

/** Outermost atoms other than the symbol itself in which it occurs. */
function holdersOf(d: Dim, sym: Sym): readonly Atom[] {
  const found = new Map<string, Atom>();
  for (const term of d.terms) {
    for (const { atom } of term.factors) {
      if (atom.kind === "sym") continue;
      if (partsOf(atom).some((p) => symsOf(p).has(sym))) found.set(atom.key, atom);
    }
  }
  return [...found.values()];
}

function extend(rules: Rules, d: Dim, solution: Solution, names: QuotientNames): Rules {
  switch (solution.kind) {
    case "none":
      return { ...rules, consequences: [...rules.consequences, d, scale(d, -1)] };
    case "product":
      return { ...rules, products: [...rules.products, solution] };
    case "atom":
      return withAtom(rules, solution.atom.key, solution.value);
    case "sym":
      return withSym(rules, solution.sym, solution.value, names);
  }
}

function withAtom(rules: Rules, key: string, value: Dim): Rules {
  const atoms = new Map(rules.atoms).set(key, value);
  return compose({ ...rules, atoms });
}

/** `D == H * (D / H)` gives `D -> H * q`: each floor that holds the symbol becomes a symbol of its own. */
function withSym(rules: Rules, sym: Sym, value: Dim, names: QuotientNames): Rules {
  const quotients = new Map(rules.quotients);
  const fresh = new Map<string, Dim>();
  const holders = holdersOf(value, sym);
  for (const holder of holders) {
    const name =
      names.get(holder.key) ?? freshSym(show(restore(atomDim(holder), rules)), "quotient");
    names.set(holder.key, name);
    quotients.set(name, restore(atomDim(holder), rules));
    fresh.set(holder.key, symbol(name));
  }
  const target = replaceOutermost(value, fresh);
  if (symsOf(target).has(sym)) return rules;
  const syms = new Map(rules.syms).set(sym, target);
  const consequences = [...rules.consequences, target];
  let next: Rules = { ...rules, syms, quotients, consequences };
  for (const holder of holders) {
    if (holder.kind === "floor") next = withQuotient(next, holder, fresh.get(holder.key) ?? int(0));
  }
  return compose(next);
}

/** Where a floor does not fold into its symbol, its name and the bounds that define it are remembered. */
function withQuotient(rules: Rules, holder: Atom & { readonly kind: "floor" }, q: Dim): Rules {
  const again = rewrite(atomDim(holder), rules);
  if (again.key === q.key) return rules;
  const den = rewrite(holder.den, rules);
  const remainder = sub(rewrite(holder.num, rules), mul(den, q));
  const bounds = [remainder, sub(sub(den, int(1)), remainder)];
  const next = { ...rules, consequences: [...rules.consequences, ...bounds] };
  const atom = atomOf(again);
  return atom ? withAtom(next, atom.key, q) : next;
}

/** Puts dims for atoms of the polynomial itself; what lies inside of other atoms stays. */
function replaceOutermost(d: Dim, by: ReadonlyMap<string, Dim>): Dim {
  const terms = d.terms.map(({ coefficient, factors }) => {
    const parts = factors.map(({ atom, exponent }) =>
      pow(by.get(atom.key) ?? atomDim(atom), int(exponent)),
    );
    return scale(mul(...parts), coefficient);
  });
  return add(...terms);
}

/** Rewrites the right sides of all rules, so that one pass over a dim suffices. */
function compose(rules: Rules): Rules {
  const once = (d: Dim, without?: string): Dim =>
    rewrite(d, without === undefined ? rules : { ...rules, atoms: omit(rules.atoms, without) });
  return {
    ...rules,
    syms: new Map([...rules.syms].map(([sym, d]) => [sym, once(d)])),
    atoms: new Map([...rules.atoms].map(([key, d]) => [key, once(d, key)])),
    products: rules.products.map((p) => ({ lead: p.lead, value: once(p.value) })),
    consequences: rules.consequences.map((d) => once(d)),
  };
}

function omit(atoms: ReadonlyMap<string, Dim>, key: string): ReadonlyMap<string, Dim> {
  const rest = new Map(atoms);
  rest.delete(key);
  return rest;
}
