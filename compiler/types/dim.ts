// Symbolic sizes as canonical integer polynomials over symbols and floor, minimum, maximum and power atoms.
import type { Span } from "../../grammar/source.js";

/** A name that stands for a number: the size of an axis, a pack of axes, or a loop index. */
export interface Sym {
  readonly name: string;
  /** Unique in a process; orders monomials, never printed. */
  readonly id: number;
  /**
   * `size`: any integer >= 0. `pack`: the product of zero or more leading dims, printed `...`.
   * `index`: an integer with 0 <= index < bound, bound > 0.
   */
  readonly kind: "size" | "pack" | "index";
  /** Exclusive upper bound of an index. */
  readonly bound?: Dim;
  /** Where the name was bound. */
  readonly origin?: Span;
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
export function freshSym(name: string, kind: Sym["kind"] = "size", origin?: Span, bound?: Dim): Sym {
  return { name, id: nextId++, kind, ...(origin ? { origin } : {}), ...(bound ? { bound } : {}) };
}

const constants = new Map<number, Dim>();

/** The constant `value`, an integer. */
export function int(value: number): Dim {
  const known = constants.get(value);
  if (known) return known;
  const dim = value === 0 ? { terms: [], key: "0" } : fromTerms([{ coefficient: value, factors: [], key: "" }]);
  if (Math.abs(value) <= 4096) constants.set(value, dim);
  return dim;
}

/** The symbol as a dim. */
export const symbol = (sym: Sym): Dim => atomDim({ kind: "sym", sym, key: `s${String(sym.id)}` });

/** A fresh symbol as a dim: `dim("B")`. */
export const dim = (name: string, origin?: Span): Dim => symbol(freshSym(name, "size", origin));

/** The number that a constant dim is, else undefined. */
export function constantOf(d: Dim): number | undefined {
  if (d.terms.length === 0) return 0;
  const [only] = d.terms;
  return d.terms.length === 1 && only?.key === "" ? only.coefficient : undefined;
}

/** The symbol that a dim is, when it is nothing more. */
export function symOf(d: Dim): Sym | undefined {
  const [term] = d.terms;
  if (d.terms.length !== 1 || term?.coefficient !== 1 || term.factors.length !== 1) return undefined;
  const factor = term.factors[0];
  return factor?.exponent === 1 && factor.atom.kind === "sym" ? factor.atom.sym : undefined;
}

/** Equality of canonical forms: equal for all values. The converse needs facts; see `constraints.ts`. */
export const same = (a: Dim, b: Dim): boolean => a.key === b.key;

export function add(...dims: readonly Dim[]): Dim {
  return dims.length === 2 && dims[0]?.terms.length === 0
    ? (dims[1] ?? int(0))
    : fromTerms(dims.flatMap((d) => d.terms));
}

export const negate = (d: Dim): Dim => scale(d, -1);
export const sub = (a: Dim, b: Dim): Dim => add(a, negate(b));

/** `d * factor` for an integer factor. */
export function scale(d: Dim, factor: number): Dim {
  if (factor === 0) return int(0);
  if (factor === 1) return d;
  return fromTerms(d.terms.map((t) => ({ ...t, coefficient: t.coefficient * factor })));
}

export function mul(...dims: readonly Dim[]): Dim {
  return dims.reduce(mulTwo, int(1));
}

function mulTwo(a: Dim, b: Dim): Dim {
  const ca = constantOf(a);
  if (ca !== undefined) return scale(b, ca);
  const cb = constantOf(b);
  if (cb !== undefined) return scale(a, cb);
  return fromTerms(a.terms.flatMap((x) => b.terms.map((y) => mulTerms(x, y))));
}

/** Floor division. Division by a dim that may be zero is the caller's obligation. */
export function floorDiv(a: Dim, b: Dim): Dim {
  const k = constantOf(b);
  if (k === 1 || a.terms.length === 0) return a;
  if (k === 0) return floorAtom(a, b);
  if (k !== undefined && k < 0) return floorDiv(negate(a), int(-k));
  const { quotient, remainder } = k === undefined ? divideByPoly(a, b) : divideByConstant(a, k);
  if (remainder.terms.length === 0 || isWithin(remainder, b)) return quotient;
  return add(quotient, k === undefined ? floorAtom(remainder, b) : floorByConstant(remainder, k));
}

/** `a % b` with the sign of `b`; canonical as `a - b * (a / b)`. */
export const mod = (a: Dim, b: Dim): Dim => sub(a, mul(b, floorDiv(a, b)));

export const ceilDiv = (a: Dim, b: Dim): Dim => floorDiv(add(a, b, int(-1)), b);

export const min = (a: Dim, b: Dim): Dim => extremum("min", a, b);
export const max = (a: Dim, b: Dim): Dim => extremum("max", a, b);

/** `base ** exponent`; expands constant exponents, keeps a symbolic exponent as an atom. */
export function pow(base: Dim, exponent: Dim): Dim {
  const e = constantOf(exponent);
  const b = constantOf(base);
  if (e !== undefined && e >= 0) return b === undefined ? mul(...Array<Dim>(e).fill(base)) : int(b ** e);
  if (b === 1) return int(1);
  // `2 ** (i + 1)` is `2 * 2 ** i`, so that pyramids meet.
  const shift = constantTerm(exponent);
  if (shift > 0) return mul(pow(base, int(shift)), pow(base, sub(exponent, int(shift))));
  return atomDim({ kind: "pow", base, exponent, key: `p(${base.key}^${exponent.key})` });
}

/** The product of a shape. */
export const numel = (shape: readonly Dim[]): Dim => mul(...shape);

/** The value under an assignment of its symbols; undefined when one is missing or a divisor is zero. */
export function evaluate(d: Dim, valueOf: (sym: Sym) => number | undefined): number | undefined {
  let total = 0;
  for (const term of d.terms) {
    let product = term.coefficient;
    for (const { atom, exponent } of term.factors) {
      const value = evaluateAtom(atom, valueOf);
      if (value === undefined) return undefined;
      product *= value ** exponent;
    }
    total += product;
  }
  return total;
}

/** Replaces symbols and brings the result back to canonical form. */
export function substitute(d: Dim, replace: (sym: Sym) => Dim | undefined): Dim {
  return mapAtoms(d, (atom) => (atom.kind === "sym" ? replace(atom.sym) : undefined));
}

/** Rebuilds a dim bottom-up; `replace` may answer for an atom whose parts were already rebuilt. */
export function mapAtoms(d: Dim, replace: (atom: Atom) => Dim | undefined): Dim {
  if (constantOf(d) !== undefined) return d;
  let changed = false;
  const parts = d.terms.map((term) => {
    const factors = term.factors.map(({ atom, exponent }) => {
      const value = mapAtom(atom, replace);
      if (value === undefined) return atomDim(atom, exponent);
      changed = true;
      return pow(value, int(exponent));
    });
    return scale(mul(...factors), term.coefficient);
  });
  return changed ? add(...parts) : d;
}

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
  return fromTerms([{ coefficient: 1, factors: [{ atom, exponent }], key: factorKey(atom, exponent) }]);
}

// --------------------------------------------------------------------- helpers

const factorKey = (atom: Atom, exponent: number): string =>
  exponent === 1 ? atom.key : `${atom.key}^${String(exponent)}`;

/** Collects like terms, drops zeros, sorts. */
function fromTerms(terms: readonly Term[]): Dim {
  let kept: Term[];
  if (terms.length === 1) kept = [...terms];
  else {
    const byKey = new Map<string, Term>();
    for (const term of terms) {
      const known = byKey.get(term.key);
      byKey.set(term.key, known ? { ...term, coefficient: known.coefficient + term.coefficient } : term);
    }
    kept = [...byKey.values()].filter((t) => t.coefficient !== 0);
    kept.sort((a, b) => (a.key < b.key ? 1 : -1));
  }
  const key = kept.map((t) => (t.key === "" ? String(t.coefficient) : `${String(t.coefficient)}*${t.key}`)).join("+");
  return { terms: kept, key: key === "" ? "0" : key };
}

function mulTerms(a: Term, b: Term): Term {
  const factors = [...a.factors];
  for (const factor of b.factors) {
    const at = factors.findIndex((f) => f.atom.key === factor.atom.key);
    const known = factors[at];
    if (known) factors[at] = { atom: known.atom, exponent: known.exponent + factor.exponent };
    else factors.push(factor);
  }
  return makeTerm(a.coefficient * b.coefficient, factors);
}

function makeTerm(coefficient: number, factors: Term["factors"]): Term {
  const sorted = [...factors].sort((a, b) => (a.atom.key < b.atom.key ? -1 : 1));
  return { coefficient, factors: sorted, key: sorted.map((f) => factorKey(f.atom, f.exponent)).join("·") };
}

interface Division {
  readonly quotient: Dim;
  readonly remainder: Dim;
}

/** `a = k * quotient + remainder` with every coefficient of the remainder in [0, k). */
function divideByConstant(a: Dim, k: number): Division {
  const quotient = a.terms.map((t) => ({ ...t, coefficient: Math.floor(t.coefficient / k) }));
  const remainder = a.terms.map((t) => ({ ...t, coefficient: t.coefficient - k * Math.floor(t.coefficient / k) }));
  return { quotient: fromTerms(nonZero(quotient)), remainder: fromTerms(nonZero(remainder)) };
}

const nonZero = (terms: readonly Term[]): Term[] => terms.filter((t) => t.coefficient !== 0);

/** Takes out of `a` every multiple of the leading term of `b`; exact when `b` divides `a`. */
function divideByPoly(a: Dim, b: Dim): Division {
  const [lead] = b.terms;
  if (!lead) return { quotient: int(0), remainder: a };
  let quotient = int(0);
  let rest = a;
  const stuck: Term[] = [];
  // Each round removes a leading term for good; the bound only guards against a cycle of atoms.
  for (let round = 0; round < 64 && rest.terms.length > 0; round++) {
    const [head] = rest.terms;
    if (!head) break;
    const factor = divideTerm(head, lead);
    if (factor) {
      const piece = fromTerms([factor]);
      quotient = add(quotient, piece);
      rest = sub(rest, mulTwo(piece, b));
    } else {
      stuck.push(head);
      rest = fromTerms(rest.terms.slice(1));
    }
  }
  return { quotient, remainder: add(rest, fromTerms(stuck)) };
}

function divideTerm(a: Term, b: Term): Term | undefined {
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
    return floorDiv(add(fromTerms(smaller), int(Math.floor(constant / g))), int(k / g));
  }
  const [only] = varying;
  const inner = only?.factors[0];
  if (only && varying.length === 1 && only.coefficient === 1 && only.factors.length === 1 && inner?.exponent === 1) {
    const { atom } = inner;
    const den = atom.kind === "floor" ? constantOf(atom.den) : undefined;
    if (atom.kind === "floor" && den !== undefined && den > 0) {
      return floorDiv(add(atom.num, int(constant * den)), int(den * k));
    }
  }
  return floorAtom(r, int(k));
}

const floorAtom = (num: Dim, den: Dim): Dim =>
  atomDim({ kind: "floor", num, den, key: `f(${num.key}/${den.key})` });

const gcd = (a: number, b: number): number => (b === 0 ? Math.abs(a) : gcd(b, a % b));

/** Whether 0 <= r < b follows from the bounds of the indices in `r` (every size being at least 1 where an index runs). */
function isWithin(r: Dim, b: Dim): boolean {
  if (!r.terms.every((t) => t.coefficient > 0)) return false;
  let hasIndex = false;
  for (const sym of symsOf(r)) if (sym.kind === "index") hasIndex = true;
  if (!hasIndex && constantOf(r) === undefined) return false;
  const top = upperBound(r);
  if (!top) return false;
  const slack = sub(sub(b, int(1)), top);
  const shift = slack.terms.reduce((acc, t) => acc + t.coefficient, 0);
  // Sizes are >= 1 here: a polynomial whose only negative coefficient is the constant is smallest at 1.
  return slack.terms.every((t) => t.key === "" || t.coefficient > 0) && shift >= 0 && (hasIndex || constantOf(b) !== undefined);
}

/** The largest value of a polynomial with positive coefficients, each index at its last value. */
function upperBound(d: Dim): Dim | undefined {
  for (const term of d.terms) {
    for (const { atom } of term.factors) if (atom.kind !== "sym") return undefined;
  }
  return substitute(d, (sym) => (sym.kind === "index" && sym.bound ? sub(sym.bound, int(1)) : undefined));
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

function evaluateAtom(atom: Atom, valueOf: (sym: Sym) => number | undefined): number | undefined {
  if (atom.kind === "sym") return valueOf(atom.sym);
  const [a, b] = partsOf(atom).map((p) => evaluate(p, valueOf));
  if (a === undefined || b === undefined) return undefined;
  if (atom.kind === "floor") return b === 0 ? undefined : Math.floor(a / b);
  if (atom.kind === "pow") return a ** b;
  return atom.kind === "min" ? Math.min(a, b) : Math.max(a, b);
}

// -------------------------------------------------------------------- printing

/** A dim as the modeler would write it: `3 * D`, `B * (T + 1)`, `(K - 1) / 2`, `D % H`. */
export function show(d: Dim): string {
  const rest = [...d.terms];
  const pieces: { readonly negative: boolean; readonly text: string }[] = [];
  for (const modulo of takeModulos(rest)) pieces.push({ negative: false, text: modulo });
  rest.sort((a, b) => Number(b.coefficient > 0) - Number(a.coefficient > 0) || degree(b) - degree(a));
  for (const term of rest) pieces.push({ negative: term.coefficient < 0, text: showTerm(term) });
  if (pieces.length === 0) return "0";
  return pieces
    .map(({ negative, text }, i) => (i === 0 ? (negative ? `-${text}` : text) : negative ? ` - ${text}` : ` + ${text}`))
    .join("");
}

const degree = (t: Term): number => t.factors.reduce((sum, f) => sum + f.exponent, 0);

/** Finds `n - d * (n / d)` among the terms, removes it and yields `n % d`. */
function takeModulos(rest: Term[]): string[] {
  const found: string[] = [];
  for (const term of [...rest]) {
    const floor = term.factors.find((f) => f.atom.kind === "floor" && f.exponent === 1)?.atom;
    if (floor?.kind !== "floor") continue;
    const whole = mul(floor.den, atomDim(floor));
    const parts = sub(floor.num, whole).terms;
    const matches = parts.map((p) => rest.find((r) => r.key === p.key && r.coefficient === p.coefficient));
    if (matches.some((m) => m === undefined)) continue;
    for (const match of matches) if (match) rest.splice(rest.indexOf(match), 1);
    found.push(`${showFactor(floor.num, false)} % ${showFactor(floor.den, true)}`);
  }
  return found;
}

function showTerm(term: Term): string {
  const size = Math.abs(term.coefficient);
  const factors = term.factors.map(({ atom, exponent }) => {
    const text = showAtom(atom, term.factors.length > 1 || size !== 1 || exponent !== 1);
    return exponent === 1 ? text : `${text} ** ${String(exponent)}`;
  });
  if (factors.length === 0) return String(size);
  return [...(size === 1 ? [] : [String(size)]), ...factors].join(" * ");
}

function showAtom(atom: Atom, inProduct: boolean): string {
  if (atom.kind === "sym") return atom.sym.name;
  if (atom.kind === "floor") {
    const text = `${showFactor(atom.num, false)} / ${showFactor(atom.den, true)}`;
    return inProduct ? `(${text})` : text;
  }
  if (atom.kind === "pow") return `${showFactor(atom.base, true)} ** ${showFactor(atom.exponent, true)}`;
  return `${atom.kind}(${atom.args.map(show).join(", ")})`;
}

/** A dim as an operand of a product or quotient: in parentheses unless it is a name or number. */
function showFactor(d: Dim, isDivisor: boolean): string {
  const [only] = d.terms;
  const text = show(d);
  const isSimple = d.terms.length === 0 || (d.terms.length === 1 && only !== undefined && only.coefficient > 0 && (only.factors.length === 0 || (only.coefficient === 1 && only.factors.length === 1 && only.factors[0]?.exponent === 1 && only.factors[0].atom.kind !== "floor") || (!isDivisor && only.factors.every((f) => f.atom.kind === "sym"))));
  return isSimple ? text : `(${text})`;
}
