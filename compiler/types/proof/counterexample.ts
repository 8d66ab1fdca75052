// Searches for the smallest sizes that satisfy the facts and break a claim.
import { constantTerm, evaluate, int, sub, symOf, symsOf, type Sym } from "../dim.js";
import type { Assignment, Fact, Relation } from "./fact.js";
import { connected, withBounds } from "./relevance.js";
import type { Rules } from "./rewriting.js";

/** A failing assignment and what the two sides are under it. */
export interface Failure {
  readonly counterexample: Assignment;
  readonly left: number;
  readonly right: number;
}

/** Looks at some more sizes, as many as it is told. */
export type Search = (tries: number) => Failure | undefined;

/** What one search is about. */
interface Question {
  readonly goal: Fact;
  readonly facts: readonly Fact[];
  readonly rules: Rules;
  /** Every symbol involved, those that no equality determines, and those that the goal names. */
  readonly all: readonly Sym[];
  readonly free: readonly Sym[];
  readonly asked: readonly Sym[];
}

/**
 * A search for sizes that satisfy the facts and break the goal. Of what it looks at it finds the smallest: sizes from 1
 * before sizes of 0, then the smallest sum of the sizes in the goal, then the smallest values for the names that came first.
 * Symbols that an equality determines are computed from the others, so that `D % H == 0` never wastes a try.
 */
export function counterexamples(goal: Fact, facts: readonly Fact[], rules: Rules): Search {
  const relevant = connected(sub(goal.left, goal.right), facts);
  const dims = [goal, ...relevant].flatMap((f) => [f.left, f.right]);
  const all = withBounds(dims);
  const free = freeSyms(all, rules);
  const asked = [...symsOf(goal.right, symsOf(goal.left))].sort((a, b) => a.id - b.id);
  const question = { goal, facts: relevant, rules, all, free, asked };
  const phases = [searchFrom(question, 1), searchFrom(question, 0)];
  return (tries) => {
    for (const phase of phases) {
      const found = phase(tries);
      if (found) return found;
    }
    return undefined;
  };
}

/** The search among sizes of at least `least`, by rising sum of the free ones. */
function searchFrom(question: Question, least: number): Search {
  const { facts, free } = question;
  const given = lowerBounds(facts);
  const lows = free.map((s) => Math.max(given.get(s) ?? 0, s.kind === "index" ? 0 : least));
  const rows = assignments(lows);
  let best: Failure | undefined;
  return (tries) => {
    for (let i = 0; i < tries; i++) {
      const { value: row, done } = rows.next();
      // What the free sizes alone add up to is already more.
      if (done || (best && total(row) > sumOf(best))) break;
      const failure = failureAt(question, row, least);
      if (failure && (!best || isSmaller(failure, best))) best = failure;
    }
    return best;
  };
}

/** Both sides of the goal under values of the free symbols, where the facts hold and the goal does not. */
function failureAt(
  { goal, facts, rules, all, free, asked }: Question,
  row: readonly number[],
  least: number,
): Failure | undefined {
  const valueOf = valuation(free, row, rules);
  if (!all.every((s) => isAllowed(s, valueOf, least)) || !facts.every((f) => holds(f, valueOf)))
    return undefined;
  const left = evaluate(goal.left, valueOf);
  const right = evaluate(goal.right, valueOf);
  if (left === undefined || right === undefined || compare(goal.relation, left, right))
    return undefined;
  return { counterexample: asked.map((sym) => ({ sym, value: valueOf(sym) ?? 0 })), left, right };
}

const total = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0);

const sumOf = ({ counterexample }: Failure): number => total(counterexample.map((c) => c.value));

function isSmaller(a: Failure, b: Failure): boolean {
  const difference = sumOf(a) - sumOf(b);
  if (difference !== 0) return difference < 0;
  for (const [i, { value }] of a.counterexample.entries()) {
    const other = b.counterexample[i]?.value ?? value;
    if (value !== other) return value < other;
  }
  return false;
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

function isAllowed(sym: Sym, valueOf: (sym: Sym) => number | undefined, least: number): boolean {
  const value = valueOf(sym);
  if (value === undefined || value < 0 || !Number.isSafeInteger(value)) return false;
  if (sym.kind !== "index") return value >= least;
  if (!sym.bound) return true;
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

/** Tuples of integers from the lower bounds on, by rising sum; without end. */
function* assignments(lows: readonly number[]): Generator<readonly number[], undefined> {
  for (let extra = 0; ; extra++) {
    for (const parts of compositions(extra, lows.length)) {
      yield lows.map((low, i) => low + (parts[i] ?? 0));
    }
    if (lows.length === 0) return;
  }
}

/** All ways to write `sum` as an ordered sum of `count` non-negative integers. */
function* compositions(sum: number, count: number): Generator<readonly number[]> {
  if (count === 0) {
    if (sum === 0) yield [];
    return;
  }
  if (count === 1) {
    yield [sum];
    return;
  }
  for (let first = 0; first <= sum; first++) {
    for (const rest of compositions(sum - first, count - 1)) yield [first, ...rest];
  }
}
