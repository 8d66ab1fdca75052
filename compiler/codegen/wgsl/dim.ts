// Spells dims as signed 32-bit arithmetic in WGSL.
import {
  atomDim,
  constantOf,
  mul,
  sub,
  type Atom,
  type Dim,
  type Sym,
  type Term,
} from "../../types/dim.js";

/** Rounds the quotient of signed integers down, as dims do; needed where the numerator may be negative. */
export const floorPrelude = `fn dl_floor(a: i32, b: i32) -> i32 {
  let q = a / b;
  return select(q, q - 1, a % b != 0 && ((a < 0) != (b < 0)));
}`;

/**
 * Text of a dim; `nameOf` spells symbols. Terms and factors stand in the order of their texts: the order of a dim goes by when its symbols
 * were made, and kernels that do the same should read the same, so that one of them is compiled.
 */
export function printDim(d: Dim, nameOf: (sym: Sym) => string): string {
  const constant = constantOf(d);
  if (constant !== undefined) return printInt(constant);
  const parts = d.terms
    .map((term) => ({ isAdded: term.coefficient > 0, text: printTerm(term, nameOf) }))
    .sort((a, b) => Number(b.isAdded) - Number(a.isAdded) || byText(a.text, b.text));
  const text = parts
    .map(({ isAdded, text: magnitude }, i) => {
      if (i === 0) return isAdded ? magnitude : `-${magnitude}`;
      return isAdded ? ` + ${magnitude}` : ` - ${magnitude}`;
    })
    .join("");
  return parts.length > 1 || parts[0]?.isAdded === false ? `(${text})` : text;
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const printInt = (value: number): string =>
  value === -2147483648 ? "(-2147483647 - 1)" : value < 0 ? `(${String(value)})` : String(value);

function printTerm(term: Term, nameOf: (sym: Sym) => string): string {
  const size = Math.abs(term.coefficient);
  const factors = term.factors
    .flatMap(({ atom, exponent }) => Array<string>(exponent).fill(printAtom(atom, nameOf)))
    .sort(byText);
  if (size !== 1 || factors.length === 0) factors.push(String(size));
  return factors.length === 1 ? (factors[0] ?? "") : `(${factors.join(" * ")})`;
}

function printAtom(atom: Atom, nameOf: (sym: Sym) => string): string {
  if (atom.kind === "sym") return nameOf(atom.sym);
  if (atom.kind === "floor") {
    const num = printDim(atom.num, nameOf);
    // The kernels of an empty tensor never run, yet WGSL refuses text that divides by its size.
    const den = constantOf(atom.den) === 0 ? "1" : printDim(atom.den, nameOf);
    return isNonNegative(atom.num) && isNonNegative(atom.den)
      ? `i32(u32(${num}) / u32(${den}))`
      : `dl_floor(${num}, ${den})`;
  }
  if (atom.kind === "pow") return printPow(atom.base, atom.exponent, nameOf);
  const args = atom.args.map((a) => printDim(a, nameOf)).sort(byText);
  return `${atom.kind}(${args.join(", ")})`;
}

function printPow(base: Dim, exponent: Dim, nameOf: (sym: Sym) => string): string {
  if (constantOf(base) === 2) return `(1 << u32(${printDim(exponent, nameOf)}))`;
  return `i32(round(pow(f32(${printDim(base, nameOf)}), f32(${printDim(exponent, nameOf)}))))`;
}

/** Whether a dim is never negative, as far as signs of terms and `n - d * (n / d)` show. */
export function isNonNegative(d: Dim): boolean {
  let rest = d;
  for (let round = 0; round < 8 && rest.terms.some((t) => t.coefficient < 0); round++) {
    const smaller = withoutModulo(rest);
    if (!smaller) return false;
    rest = smaller;
  }
  return rest.terms.every(
    (t) => t.coefficient > 0 && t.factors.every((f) => isAtomNonNegative(f.atom)),
  );
}

function isAtomNonNegative(atom: Atom): boolean {
  if (atom.kind === "sym") return atom.sym.kind !== "index" || atom.sym.bound !== undefined;
  if (atom.kind === "floor") return isNonNegative(atom.num) && isNonNegative(atom.den);
  if (atom.kind === "pow") return isNonNegative(atom.base);
  const signs = atom.args.map(isNonNegative);
  return atom.kind === "min" ? signs.every(Boolean) : signs.some(Boolean);
}

/** Takes one `c * f * (n - d * (n / d))` out of a dim, where `n` is not negative. */
function withoutModulo(d: Dim): Dim | undefined {
  for (const term of d.terms) {
    if (term.coefficient > 0) continue;
    for (const { atom } of term.factors) {
      if (atom.kind !== "floor" || !isNonNegative(atom.num) || !isNonNegative(atom.den)) continue;
      const modulo = sub(atom.num, mul(atom.den, atomDim(atom)));
      const others = cofactor(term, mul(atom.den, atomDim(atom)));
      if (!others || !isNonNegative(others)) continue;
      const rest = sub(d, mul(others, modulo));
      if (rest.terms.length < d.terms.length) return rest;
    }
  }
  return undefined;
}

/** `-term / whole` where `whole` is one term that divides it. */
function cofactor(term: Term, whole: Dim): Dim | undefined {
  const [only] = whole.terms;
  if (whole.terms.length !== 1 || !only || term.coefficient % only.coefficient !== 0)
    return undefined;
  const counts = new Map(term.factors.map((f) => [f.atom.key, f]));
  for (const { atom, exponent } of only.factors) {
    const known = counts.get(atom.key);
    if (!known || known.exponent < exponent) return undefined;
    counts.set(atom.key, { atom, exponent: known.exponent - exponent });
  }
  const factors = [...counts.values()]
    .filter((f) => f.exponent > 0)
    .map((f) => atomDim(f.atom, f.exponent));
  const [first, ...more] = factors;
  const coefficient = -term.coefficient / only.coefficient;
  return mul(
    {
      terms: coefficient === 0 ? [] : [{ coefficient, factors: [], key: "" }],
      key: String(coefficient),
    },
    ...(first ? [first, ...more] : []),
  );
}
