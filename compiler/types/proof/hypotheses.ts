// What a set of facts says to be never negative.
import {
  atomDim,
  atomOf,
  constantOf,
  constantTerm,
  int,
  ofTerms,
  sub,
  symbol,
  symsOf,
  type Dim,
  type Sym,
} from "../dim.js";
import type { Hypotheses } from "./columns.js";
import { divisorsOf, isNonNegative } from "./nonnegative.js";
import type { Effort } from "./effort.js";
import type { Fact } from "./fact.js";
import { rewrite, type Rules } from "./rewriting.js";

/** Every divisor in the facts. */
export function divisorsIn(list: readonly Fact[]): Iterable<Dim> {
  const found = new Map<string, Dim>();
  for (const { left, right } of list) divisorsOf(right, divisorsOf(left, found));
  return found.values();
}

/** Hypotheses for proofs under the facts, with the rules applied. */
export function hypothesesOf(list: readonly Fact[], rules: Rules, effort: Effort): Hypotheses {
  const known = new Map<string, Dim>();
  const add = (d: Dim): void => {
    const normal = rewrite(d, rules);
    if ((constantOf(normal) ?? -1) < 0) known.set(normal.key, normal);
  };
  for (const fact of list) for (const d of nonNegativeParts(fact)) add(d);
  for (const divisor of divisorsIn(list)) add(sub(divisor, int(1)));
  for (const d of boundsOfIndices(list)) add(d);
  for (const { lead, value } of rules.products) {
    const product = ofTerms([lead]);
    add(sub(product, value));
    add(sub(value, product));
  }
  for (const d of rules.consequences) add(d);
  const signed = new Set<Sym>(rules.quotients.keys());
  const isSigned = (sym: Sym): boolean => signed.has(sym);
  const normalize = (d: Dim): Dim => rewrite(d, rules);
  const nonNegative = [...known.values()];
  const given = (): Hypotheses => {
    return { nonNegative, isSigned, normalize, answers: [], effort };
  };
  // A quotient is non-negative where its numerator is; each proof may help the next.
  for (const [q, meaning] of rules.quotients) {
    const num = numeratorOf(meaning);
    const isSize = [num, rewrite(num, rules)].some((d) => isNonNegative(d, given(), 1));
    if (isSize) signed.delete(q);
  }
  for (const d of nonNegative) for (const factor of atLeastOne(d, isSigned)) add(factor);
  return { ...given(), nonNegative: [...known.values()] };
}

/** That each index which the facts speak of stays below its bound, as dims that are `>= 0`. */
function* boundsOfIndices(list: readonly Fact[]): Generator<Dim> {
  const found = new Set<Sym>();
  for (const { left, right } of list) symsOf(right, symsOf(left, found));
  for (const sym of found) if (sym.bound) yield sub(sub(sym.bound, int(1)), symbol(sym));
}

/** `H * K >= 1` needs `H >= 1` and `K >= 1`: those, as dims that are `>= 0`. */
function atLeastOne(d: Dim, isSigned: (sym: Sym) => boolean): readonly Dim[] {
  const [only, ...others] = d.terms.filter((t) => t.key !== "");
  if (!only || others.length > 0 || only.coefficient < 0 || constantTerm(d) >= 0) return [];
  const isSize = only.factors.every((f) => f.atom.kind === "sym" && !isSigned(f.atom.sym));
  return isSize ? only.factors.map((f) => sub(atomDim(f.atom), int(1))) : [];
}

/** What a fact says to be `>= 0`. */
function nonNegativeParts({ relation, left, right, cases }: Fact): readonly Dim[] {
  if (cases) return [];
  switch (relation) {
    case "<=":
      return [sub(right, left)];
    case "<":
      return [sub(sub(right, left), int(1))];
    case ">=":
      return [sub(left, right)];
    case ">":
      return [sub(sub(left, right), int(1))];
    case "==":
    case "!=":
      return [];
  }
}

/** `n` of `n / d`; any other dim as it is. */
function numeratorOf(d: Dim): Dim {
  const atom = atomOf(d);
  return atom?.kind === "floor" ? atom.num : d;
}
