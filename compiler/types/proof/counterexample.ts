// Searches the smallest sizes that satisfy the facts and break a claim.
import { constantTerm, evaluate, int, sub, symOf, symsOf, type Dim, type Sym } from "../dim.js";
import type { Assignment, Fact, Relation } from "./fact.js";
import type { Rules } from "./rewriting.js";

/** A failing assignment and what the two sides are under it. */
export interface Failure {
  readonly counterexample: Assignment;
  readonly left: number;
  readonly right: number;
}

const maxTries = 4000;

/**
 * The failing assignment with the smallest sum, sizes from 1 before sizes of 0. Symbols that an equality determines
 * are computed from the others, so that `D % H == 0` never wastes a try.
 */
export function findCounterexample(
  goal: Fact,
  facts: readonly Fact[],
  rules: Rules,
): Failure | undefined {
  const relevant = relevantFacts(goal, facts);
  const dims = [goal, ...relevant].flatMap((f) => [f.left, f.right]);
  const all = withBounds(dims);
  const free = freeSyms(all, rules);
  const floorOf = lowerBounds(relevant);
  const asked = [...symsOf(goal.right, symsOf(goal.left))];
  for (const smallest of [1, 0]) {
    const lows = free.map((s) => Math.max(floorOf.get(s) ?? 0, smallest));
    for (const values of assignments(lows)) {
      const valueOf = valuation(free, values, rules);
      if (!all.every((s) => isAllowed(s, valueOf)) || !relevant.every((f) => holds(f, valueOf)))
        continue;
      const left = evaluate(goal.left, valueOf);
      const right = evaluate(goal.right, valueOf);
      if (left === undefined || right === undefined || compare(goal.relation, left, right))
        continue;
      return {
        counterexample: asked.map((sym) => ({ sym, value: valueOf(sym) ?? 0 })),
        left,
        right,
      };
    }
  }
  return undefined;
}

/** Whether a relation holds between two numbers. */
export function compare(relation: Relation, left: number, right: number): boolean {
  switch (relation) {
    case "==":
      return left === right;
    case "!=":
      return left !== right;
    case "<=":
      return left <= right;
    case "<":
      return left < right;
    case ">=":
      return left >= right;
    case ">":
      return left > right;
  }
}

/** Whether a fact is true under an assignment; false where a division is by zero. */
export function holds(fact: Fact, valueOf: (sym: Sym) => number | undefined): boolean {
  const left = evaluate(fact.left, valueOf);
  const right = evaluate(fact.right, valueOf);
  return left !== undefined && right !== undefined && compare(fact.relation, left, right);
}

/** The facts that share a symbol with the goal, directly or through each other. */
function relevantFacts(goal: Fact, facts: readonly Fact[]): readonly Fact[] {
  const reached = new Set(withBounds([goal.left, goal.right]));
  const taken = new Set<Fact>();
  for (let before = -1; before !== taken.size;) {
    before = taken.size;
    for (const fact of facts) {
      const own = withBounds([fact.left, fact.right]);
      if (taken.has(fact) || !own.some((s) => reached.has(s))) continue;
      taken.add(fact);
      for (const s of own) reached.add(s);
    }
  }
  return facts.filter((f) => taken.has(f));
}

/** Every symbol of the dims, and of the bounds of their indices. */
function withBounds(dims: readonly Dim[]): readonly Sym[] {
  const found = new Set<Sym>();
  for (const d of dims) symsOf(d, found);
  for (const sym of found) if (sym.bound) symsOf(sym.bound, found);
  return [...found];
}

/** The symbols that no equality determines. */
function freeSyms(all: readonly Sym[], rules: Rules): readonly Sym[] {
  const found = new Set<Sym>();
  for (const sym of all) {
    const value = rules.syms.get(sym);
    if (value) symsOf(value, found);
    else found.add(sym);
  }
  return [...found].filter((s) => !rules.syms.has(s));
}

function valuation(
  free: readonly Sym[],
  values: readonly number[],
  rules: Rules,
): (sym: Sym) => number | undefined {
  const known = new Map(free.map((s, i) => [s, values[i] ?? 0]));
  const valueOf = (sym: Sym): number | undefined => {
    const value = known.get(sym);
    if (value !== undefined) return value;
    const rule = rules.syms.get(sym);
    const computed = rule ? evaluate(rule, valueOf) : undefined;
    if (computed !== undefined) known.set(sym, computed);
    return computed;
  };
  return valueOf;
}

function isAllowed(sym: Sym, valueOf: (sym: Sym) => number | undefined): boolean {
  const value = valueOf(sym);
  if (value === undefined || value < 0 || !Number.isSafeInteger(value)) return false;
  if (sym.kind !== "index" || !sym.bound) return true;
  const bound = evaluate(sym.bound, valueOf);
  return bound !== undefined && value < bound;
}

/** Facts of the form `T >= 16`, so that the search starts there. */
function lowerBounds(facts: readonly Fact[]): ReadonlyMap<Sym, number> {
  const bounds = new Map<Sym, number>();
  for (const { relation, left, right } of facts) {
    if (relation === "==" || relation === "!=") continue;
    const isStrict = relation === "<" || relation === ">";
    const difference = relation.startsWith("<") ? sub(right, left) : sub(left, right);
    const constant = constantTerm(difference);
    const only = symOf(sub(difference, int(constant)));
    const least = (isStrict ? 1 : 0) - constant;
    if (only) bounds.set(only, Math.max(least, bounds.get(only) ?? 0));
  }
  return bounds;
}

/** Tuples of integers from the lower bounds on, by rising sum. */
function* assignments(lows: readonly number[]): Generator<readonly number[]> {
  let tries = 0;
  for (let extra = 0; tries < maxTries; extra++) {
    for (const parts of compositions(extra, lows.length)) {
      yield lows.map((low, i) => low + (parts[i] ?? 0));
      if (++tries >= maxTries) return;
    }
    if (lows.length === 0) return;
  }
}

/** All ways to write `total` as an ordered sum of `count` non-negative integers. */
function* compositions(total: number, count: number): Generator<readonly number[]> {
  if (count === 0) {
    if (total === 0) yield [];
    return;
  }
  if (count === 1) {
    yield [total];
    return;
  }
  for (let first = 0; first <= total; first++) {
    for (const rest of compositions(total - first, count - 1)) yield [first, ...rest];
  }
}
