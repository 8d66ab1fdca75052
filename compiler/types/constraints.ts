// Everything about what follows from facts: claims about dims, and the meeting of shapes.
export type { Assignment, Fact, Relation, Verdict } from "./proof/fact.js";
export { missing } from "./proof/abduce.js";
export { decoded, either, negationOf } from "./proof/either.js";
export { Effort, mostOfDeclaration } from "./proof/effort.js";
export { Facts } from "./proof/facts.js";
export { simplest, stated } from "./proof/simplify.js";
export { solve } from "./proof/solve.js";
export {
  unify,
  type Binding,
  type Bindings,
  type Mismatch,
  type UnifyOptions,
} from "./proof/unify.js";
