// Symbols, atoms, terms and canonical polynomials: how a symbolic size is represented.
import type { Span } from "../../../grammar/source.js";

/** A name that stands for a number: the size of an axis, a pack of axes, or a loop index. */
export interface Sym {
  readonly name: string;
  /** Unique in a process; orders monomials, never printed. */
  readonly id: number;
  /**
   * `size`: any integer >= 0. `pack`: the product of zero or more leading dims, printed `...`.
   * `index`: an integer with 0 <= index < bound, bound > 0. `quotient`: an integer that facts gave a name while they are
   * applied, called by its formula.
   */
  readonly kind: "size" | "pack" | "index" | "quotient";
  /** Exclusive upper bound of an index. */
  readonly bound?: Dim;
  /** Where the name was bound. */
  readonly origin?: Span;
  /** A number that every value it takes on a device is a multiple of. */
  readonly multiple?: number;
}

/** What a monomial multiplies: a symbol, or an operation that polynomials cannot express. */
export type Atom =
  | { readonly kind: "sym"; readonly sym: Sym; readonly key: string }
  | { readonly kind: "floor"; readonly num: Dim; readonly den: Dim; readonly key: string }
  | { readonly kind: "min" | "max"; readonly args: readonly [Dim, Dim]; readonly key: string }
  | { readonly kind: "pow"; readonly base: Dim; readonly exponent: Dim; readonly key: string };

/** `coefficient * product(atom ** exponent)`. */
export interface Term {
  readonly coefficient: number;
  readonly factors: readonly { readonly atom: Atom; readonly exponent: number }[];
  /** Canonical spelling of the factors; empty for the constant term. */
  readonly key: string;
}

/** A canonical polynomial: terms sorted by key, no zero coefficient, no key twice. Equal dims have equal keys. */
export interface Dim {
  readonly terms: readonly Term[];
  readonly key: string;
}

let nextId = 0;

/** A fresh symbol, different from every other even under the same name. */
export function freshSym(
  name: string,
  kind: Sym["kind"] = "size",
  origin?: Span,
  bound?: Dim,
): Sym {
  return { name, id: nextId++, kind, ...(origin ? { origin } : {}), ...(bound ? { bound } : {}) };
}

const constants = new Map<number, Dim>();

/** The constant `value`, an integer. */
export function int(value: number): Dim {
  const known = constants.get(value);
  if (known) return known;
  const dim =
    value === 0 ? { terms: [], key: "0" } : ofTerms([{ coefficient: value, factors: [], key: "" }]);
  if (Math.abs(value) <= 4096) constants.set(value, dim);
  return dim;
}

/** The symbol as a dim. */
export function symbol(sym: Sym): Dim {
  const digits = String(sym.id);
  // Keys sort as the numbers do, however many symbols there were before: so equal programs are printed alike.
  return atomDim({ kind: "sym", sym, key: `s${String(digits.length)}_${digits}` });
}

/** A fresh symbol as a dim: `dim("B")`. */
export const dim = (name: string, origin?: Span): Dim => symbol(freshSym(name, "size", origin));

/** The number that a constant dim is, else undefined. */
export function constantOf(d: Dim): number | undefined {
  if (d.terms.length === 0) return 0;
  const [only] = d.terms;
  return d.terms.length === 1 && only?.key === "" ? only.coefficient : undefined;
}

/** The atom that a dim is, when it is nothing more. */
export function atomOf(d: Dim): Atom | undefined {
  const [term] = d.terms;
  if (d.terms.length !== 1 || term?.coefficient !== 1 || term.factors.length !== 1)
    return undefined;
  const factor = term.factors[0];
  return factor?.exponent === 1 ? factor.atom : undefined;
}

/** The symbol that a dim is, when it is nothing more. */
export function symOf(d: Dim): Sym | undefined {
  const atom = atomOf(d);
  return atom?.kind === "sym" ? atom.sym : undefined;
}

/** Equality of canonical forms: equal for all values. The converse needs facts; see `constraints.ts`. */
export const same = (a: Dim, b: Dim): boolean => a.key === b.key;

/** Every symbol that occurs, also inside atoms, each once, in order of appearance. */
export function symsOf(d: Dim, into: Set<Sym> = new Set()): Set<Sym> {
  for (const term of d.terms) {
    for (const { atom } of term.factors) {
      if (atom.kind === "sym") into.add(atom.sym);
      else for (const part of partsOf(atom)) symsOf(part, into);
    }
  }
  return into;
}

/** The constant term of the polynomial. */
export function constantTerm(d: Dim): number {
  return d.terms.find((t) => t.key === "")?.coefficient ?? 0;
}

/** The dims inside an atom. */
export function partsOf(atom: Atom): readonly Dim[] {
  if (atom.kind === "sym") return [];
  if (atom.kind === "floor") return [atom.num, atom.den];
  return atom.kind === "pow" ? [atom.base, atom.exponent] : atom.args;
}

/** `atom ** exponent` as a dim. */
export function atomDim(atom: Atom, exponent = 1): Dim {
  return ofTerms([
    { coefficient: 1, factors: [{ atom, exponent }], key: factorKey(atom, exponent) },
  ]);
}

/** `base ** exponent` as an atom, whatever the two are. */
export const powerAtom = (base: Dim, exponent: Dim): Dim => atomDim(powerOf(base, exponent));

const powerOf = (base: Dim, exponent: Dim): Atom => ({
  kind: "pow",
  base,
  exponent,
  key: `p(${base.key}^${exponent.key})`,
});

const factorKey = (atom: Atom, exponent: number): string =>
  exponent === 1 ? atom.key : `${atom.key}^${String(exponent)}`;

/** The canonical sum of terms: collects like ones, drops zeros, sorts. */
export function ofTerms(given: readonly Term[]): Dim {
  const terms = given.some((t) => t.factors.some((f) => tradingBase(f) > 1))
    ? settled(given)
    : given;
  let kept: Term[];
  if (terms.length === 1) kept = [...terms];
  else {
    const byKey = new Map<string, Term>();
    for (const term of terms) {
      const known = byKey.get(term.key);
      byKey.set(
        term.key,
        known ? { ...term, coefficient: known.coefficient + term.coefficient } : term,
      );
    }
    kept = [...byKey.values()].filter((t) => t.coefficient !== 0);
    kept.sort((a, b) => (a.key < b.key ? 1 : -1));
  }
  const key = kept
    .map((t) => (t.key === "" ? String(t.coefficient) : `${String(t.coefficient)}*${t.key}`))
    .join("+");
  return { terms: kept, key: key === "" ? "0" : key };
}

/** Whether an exponent without its constant is never negative: a sum of sizes. */
export function isRising(exponent: Dim): boolean {
  return exponent.terms.every(
    (t) =>
      t.key === "" ||
      (t.coefficient > 0 &&
        t.factors.every((f) => f.atom.kind === "sym" && f.atom.sym.kind !== "quotient")),
  );
}

/** The base where a factor is a power of a number whose exponent may have to trade with the coefficient, else 1. */
function tradingBase({ atom, exponent }: Term["factors"][number]): number {
  if (atom.kind !== "pow" || exponent !== 1) return 1;
  const isPlain = isRising(atom.exponent) && constantTerm(atom.exponent) >= 0;
  return isPlain ? 1 : Math.max(1, constantOf(atom.base) ?? 1);
}

/** The factor with a number added to the exponent of its power. */
function raised(factor: Term["factors"][number], by: number): Term["factors"][number] {
  const { atom } = factor;
  if (atom.kind !== "pow" || by === 0) return factor;
  const exponent = ofTerms([...atom.exponent.terms, ...int(by).terms]);
  return { atom: powerOf(atom.base, exponent), exponent: 1 };
}

/**
 * Terms in which powers and coefficients trade: `2 * 2 ** (i - 1)` is `2 ** i`, and `2 * 2 ** (L - i)` is
 * `2 ** (L - i + 1)`, since `2 ** (L - i + 1)` alone does not say that `L - i` is a size.
 */
function settled(terms: readonly Term[]): readonly Term[] {
  const groups = new Map<string, Fraction>();
  for (const term of terms) {
    let [num, den] = [term.coefficient, 1];
    const factors = term.factors.map((factor) => {
      const base = tradingBase(factor);
      if (base === 1 || factor.atom.kind !== "pow") return factor;
      const shift = constantTerm(factor.atom.exponent);
      if (shift > 0) num *= base ** shift;
      else den *= base ** -shift;
      return raised(factor, -shift);
    });
    const plain = makeTerm(1, factors);
    const known = groups.get(plain.key) ?? { term: plain, num: 0, den: 1 };
    groups.set(plain.key, {
      term: plain,
      num: known.num * den + num * known.den,
      den: known.den * den,
    });
  }
  return [...groups.values()].flatMap((group) => (group.num === 0 ? [] : [whole(group)]));
}

/** `num / den * term`. */
interface Fraction {
  readonly term: Term;
  readonly num: number;
  readonly den: number;
}

/** The fraction with its divisor taken off the exponents, and what an exponent can take of the coefficient added to it. */
function whole({ term, num, den }: Fraction): Term {
  const common = gcd(num, den);
  let coefficient = num / common;
  let rest = den / common;
  const factors = term.factors.map((factor) => {
    const { atom } = factor;
    const base = atom.kind === "pow" ? Math.max(1, constantOf(atom.base) ?? 1) : 1;
    let shift = 0;
    for (let g = gcd(rest, base); g > 1; g = gcd(rest, base), shift--) {
      rest /= g;
      coefficient *= base / g;
    }
    if (base > 1 && atom.kind === "pow" && !isRising(atom.exponent))
      for (; coefficient % base === 0; shift++) coefficient /= base;
    return raised(factor, shift);
  });
  return makeTerm(coefficient, factors);
}

/** The product of two terms. */
export function mulTerms(a: Term, b: Term): Term {
  if (a.factors.length === 0) return scaled(b, a.coefficient);
  if (b.factors.length === 0) return scaled(a, b.coefficient);
  const factors = [...a.factors];
  for (const factor of b.factors) {
    const at = factors.findIndex((f) => f.atom.key === factor.atom.key);
    const known = factors[at];
    if (known) factors[at] = { atom: known.atom, exponent: known.exponent + factor.exponent };
    else factors.push(factor);
  }
  return makeTerm(a.coefficient * b.coefficient, factors);
}

const scaled = (term: Term, by: number): Term =>
  by === 1 ? term : { ...term, coefficient: term.coefficient * by };

/** A term with its factors in canonical order. */
export function makeTerm(coefficient: number, factors: Term["factors"]): Term {
  const [only] = factors;
  if (!only) return { coefficient, factors, key: "" };
  if (factors.length === 1)
    return { coefficient, factors, key: factorKey(only.atom, only.exponent) };
  const sorted = [...factors].sort((a, b) => (a.atom.key < b.atom.key ? -1 : 1));
  return {
    coefficient,
    factors: sorted,
    key: sorted.map((f) => factorKey(f.atom, f.exponent)).join("·"),
  };
}

/** Greatest common divisor, never negative. */
export const gcd = (a: number, b: number): number => (b === 0 ? Math.abs(a) : gcd(b, a % b));
