// Symbolic sizes as canonical integer polynomials over symbols and floor, minimum, maximum and power atoms.
export {
  atomDim,
  constantOf,
  constantTerm,
  dim,
  freshSym,
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
export {
  add,
  ceilDiv,
  divideTerm,
  floorDiv,
  mapAtoms,
  max,
  min,
  mod,
  mul,
  negate,
  numel,
  pow,
  scale,
  sub,
  substitute,
} from "./dim/arithmetic.js";
export { evaluate } from "./dim/evaluate.js";
export { show } from "./dim/show.js";
