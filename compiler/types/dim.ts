// Symbolic sizes as canonical integer polynomials over symbols and floor, minimum, maximum and power atoms.
export {
  atomDim,
  atomOf,
  constantOf,
  constantTerm,
  dim,
  freshSym,
  gcd,
  int,
  makeTerm,
  ofTerms,
  partsOf,
  same,
  symbol,
  symOf,
  symsOf,
  type Atom,
  type Dim,
  type Sym,
  type Term,
} from "./dim/terms.js";
export { add, max, min, mul, negate, numel, pow, scale, sub } from "./dim/arithmetic.js";
export { ceilDiv, commonFactor, divideTerm, floorDiv, mod } from "./dim/division.js";
export { mapAtoms, substitute } from "./dim/replace.js";
export { compiled, type Formula } from "./dim/compile.js";
export { evaluate } from "./dim/evaluate.js";
export { show } from "./dim/show.js";
