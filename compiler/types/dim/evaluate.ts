// The value of a dim under an assignment of its symbols.
import { partsOf, type Atom, type Dim, type Sym } from "./terms.js";

/** The value under an assignment of its symbols; undefined when one is missing, a divisor is zero or an exponent negative. */
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

function evaluateAtom(atom: Atom, valueOf: (sym: Sym) => number | undefined): number | undefined {
  if (atom.kind === "sym") return valueOf(atom.sym);
  const [a, b] = partsOf(atom).map((p) => evaluate(p, valueOf));
  if (a === undefined || b === undefined) return undefined;
  if (atom.kind === "floor") return b === 0 ? undefined : Math.floor(a / b);
  if (atom.kind === "pow") return b < 0 ? undefined : a ** b;
  return atom.kind === "min" ? Math.min(a, b) : Math.max(a, b);
}
