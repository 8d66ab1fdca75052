// Dims as formulas of the artifact format.
import type { Formula } from "../../runtime/format.js";
import { constantOf, type Atom, type Dim, type Sym } from "../types/dim.js";

/** The formula of a dim; `numberOf` numbers its symbols. */
export function formulaOf(d: Dim, numberOf: (sym: Sym) => number): Formula {
  const constant = constantOf(d);
  if (constant !== undefined) return constant;
  const terms = d.terms.map((term): Formula => {
    const factors = term.factors.flatMap(({ atom, exponent }) =>
      Array<Formula>(exponent).fill(atomFormula(atom, numberOf)),
    );
    if (term.coefficient !== 1 || factors.length === 0) factors.push(term.coefficient);
    const [only] = factors;
    return factors.length === 1 && only !== undefined ? only : ["mul", ...factors];
  });
  const [only] = terms;
  return terms.length === 1 && only !== undefined ? only : ["add", ...terms];
}

function atomFormula(atom: Atom, numberOf: (sym: Sym) => number): Formula {
  switch (atom.kind) {
    case "sym":
      return ["sym", numberOf(atom.sym)];
    case "floor":
      return ["floor", formulaOf(atom.num, numberOf), formulaOf(atom.den, numberOf)];
    case "pow":
      return ["pow", formulaOf(atom.base, numberOf), formulaOf(atom.exponent, numberOf)];
    case "min":
    case "max":
      return [atom.kind, ...atom.args.map((a) => formulaOf(a, numberOf))];
  }
}
