// What follows from one equation, or from two with overlapping products, before it becomes a rewrite rule.
import {
  constantTerm,
  divideTerm,
  floorDiv,
  gcd,
  int,
  makeTerm,
  mul,
  ofTerms,
  scale,
  sub,
  symbol,
  symOf,
  type Atom,
  type Dim,
  type Sym,
  type Term,
} from "../dim.js";
import type { Fact } from "./fact.js";

/** A leading monomial and what it equals. */
export interface ProductRule {
  readonly lead: Term;
  readonly value: Dim;
}

/** The equation `d == 0` without factors that are never 0: `6 * A * C == 4 * B * C` is `3 * A == 2 * B` for `C >= 1`. */
export function reduced(d: Dim, isPositive: (atom: Atom) => boolean): Dim {
  const whole = divideTerms(d, makeTerm(contentOf(d), commonFactors(d, isPositive)));
  return whole ?? d;
}

/** Greatest common divisor of all coefficients; 1 where no integers solve the equation. */
function contentOf(d: Dim): number {
  return d.terms.reduce((g, t) => gcd(g, t.coefficient), 0) || 1;
}

function commonFactors(d: Dim, isPositive: (atom: Atom) => boolean): Term["factors"] {
  const [first, ...rest] = d.terms;
  return (first?.factors ?? []).flatMap(({ atom, exponent }) => {
    if (!isPositive(atom)) return [];
    const least = rest.reduce((low, t) => {
      const found = t.factors.find((f) => f.atom.key === atom.key);
      return Math.min(low, found?.exponent ?? 0);
    }, exponent);
    return least > 0 ? [{ atom, exponent: least }] : [];
  });
}

function divideTerms(d: Dim, by: Term): Dim | undefined {
  const terms = d.terms.map((t) => divideTerm(t, by));
  const whole = terms.filter((t) => t !== undefined);
  return whole.length === terms.length ? ofTerms(whole) : undefined;
}

/** Whether no integers solve `d == 0`: every term but the constant is a multiple of what the constant is not. */
export function isImpossible(d: Dim): boolean {
  const step = d.terms.reduce((g, t) => (t.key === "" ? g : gcd(g, t.coefficient)), 0);
  const constant = constantTerm(d);
  return step === 0 ? constant !== 0 : constant % step !== 0;
}

/**
 * What `d == 0` says of the remainder of one symbol, as an equation that determines it: `2 * q == 3 * r` gives
 * `q == 3 * (q / 3)`.
 */
export function residueOf(d: Dim): Dim | undefined {
  for (const term of d.terms) {
    const sym = plainSym(term);
    if (!sym) continue;
    const others = d.terms.filter((t) => t !== term && t.key !== "");
    const step = others.reduce((g, t) => gcd(g, t.coefficient), 0);
    const shared = gcd(term.coefficient, step);
    const modulus = shared === 0 ? 1 : step / shared;
    if (modulus <= 1) continue;
    const rest = solveResidue(term.coefficient / shared, -constantTerm(d) / shared, modulus);
    const x = symbol(sym);
    if (rest !== undefined)
      return sub(sub(x, scale(floorDiv(x, int(modulus)), modulus)), int(rest));
  }
  return undefined;
}

function plainSym(term: Term): Sym | undefined {
  const sym = symOf(ofTerms([{ ...term, coefficient: 1 }]));
  return sym?.kind === "index" ? undefined : sym;
}

/** The `x` in `[0, modulus)` with `a * x == b` modulo it, `a` being coprime to it. */
function solveResidue(a: number, b: number, modulus: number): number | undefined {
  if (modulus > 4096) return undefined;
  const wanted = ((b % modulus) + modulus) % modulus;
  for (let x = 0; x < modulus; x++) {
    if ((((a * x) % modulus) + modulus) % modulus === wanted) return x;
  }
  return undefined;
}

/** The equation that two rules with overlapping products imply: `A * B == 12` and `B * C == 20` give `12 * C == 20 * A`. */
export function overlap(a: ProductRule, b: ProductRule): Dim | undefined {
  const shared = a.lead.factors.filter((f) =>
    b.lead.factors.some((g) => g.atom.key === f.atom.key),
  );
  if (shared.length === 0) return undefined;
  const restOf = (rule: ProductRule): Dim | undefined => {
    const common = makeTerm(
      1,
      shared.map(({ atom }) => ({
        atom,
        exponent: Math.min(exponentIn(a.lead, atom), exponentIn(b.lead, atom)),
      })),
    );
    const rest = divideTerm({ ...rule.lead, coefficient: 1 }, common);
    return rest && ofTerms([rest]);
  };
  const [x, y] = [restOf(a), restOf(b)];
  return x && y && sub(mul(y, a.value), mul(x, b.value));
}

const exponentIn = (term: Term, atom: Atom): number =>
  term.factors.find((f) => f.atom.key === atom.key)?.exponent ?? 0;

/** Symbols that the facts say to be at least 1, and every factor of a divisor, as keys of atoms. */
export function positiveAtoms(
  facts: readonly Fact[],
  divisors: Iterable<Dim>,
): ReadonlySet<string> {
  const found = new Set<string>();
  const addFactors = (d: Dim): void => {
    const [only, ...others] = d.terms;
    if (!only || others.length > 0 || only.coefficient < 0) return;
    if (only.factors.every((f) => f.atom.kind === "sym"))
      for (const { atom } of only.factors) found.add(atom.key);
  };
  for (const d of divisors) addFactors(d);
  for (const { relation, left, right } of facts) {
    if (relation === "==" || relation === "!=") continue;
    const isUpper = relation.startsWith("<");
    const [small, large] = isUpper ? [left, right] : [right, left];
    const difference = sub(large, small);
    const least = -constantTerm(difference) + (relation.length === 1 ? 1 : 0);
    if (least >= 1) addFactors(ofTerms(difference.terms.filter((t) => t.key !== "")));
  }
  return found;
}
