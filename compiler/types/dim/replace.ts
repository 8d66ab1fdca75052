// Replacement of atoms in dims.
import { add, extremum, mul, pow, scale } from "./arithmetic.js";
import { floorDiv } from "./division.js";
import { atomDim, int, partsOf, type Atom, type Dim, type Sym } from "./terms.js";

/** Replaces symbols and brings the result back to canonical form. */
export function substitute(d: Dim, replace: (sym: Sym) => Dim | undefined): Dim {
  return mapAtoms(d, (atom) => (atom.kind === "sym" ? replace(atom.sym) : undefined));
}

/** Rebuilds a dim bottom-up; `replace` may answer for an atom whose parts were already rebuilt. */
export function mapAtoms(d: Dim, replace: (atom: Atom) => Dim | undefined): Dim {
  const values = d.terms.map((t) => t.factors.map((f) => mapAtom(f.atom, replace)));
  if (values.every((row) => row.every((v) => v === undefined))) return d;
  const parts = d.terms.map(({ coefficient, factors }, i) => {
    const mapped = factors.map(({ atom, exponent }, j) => {
      const value = values[i]?.[j];
      return value ? pow(value, int(exponent)) : atomDim(atom, exponent);
    });
    return scale(mul(...mapped), coefficient);
  });
  return add(...parts);
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
