// Searches for the smallest sizes that satisfy the facts and break a claim.
import { compiled, constantTerm, int, sub, symOf, symsOf, type Formula, type Sym } from "../dim.js";
import type { Effort } from "./effort.js";
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

/** What one search is about, as functions of an array of values: first those of the free symbols, then of the others. */
interface Question {
  readonly relation: Relation;
  readonly left: Formula;
  readonly right: Formula;
  readonly facts: readonly Relating[];
  readonly free: readonly Sym[];
  /** Symbols that an equality determines, each computable from those before it. */
  readonly determined: readonly Formula[];
  /** By slot. */
  readonly startsAtZero: readonly boolean[];
  /** Upper bounds of indices, by slot. */
  readonly bounds: readonly (readonly [slot: number, bound: Formula])[];
  readonly asked: readonly (readonly [sym: Sym, slot: number])[];
}

interface Relating {
  readonly relation: Relation;
  readonly left: Formula;
  readonly right: Formula;
}

/**
 * A search for sizes that satisfy the facts and break the goal. Of what it looks at it finds the smallest: sizes from 1
 * before sizes of 0, then the smallest sum of the sizes in the goal, then the smallest values for the names that came first.
 * Symbols that an equality determines are computed from the others, so that `D % H == 0` never wastes a try.
 */
export function counterexamples(
  goal: Fact,
  facts: readonly Fact[],
  rules: Rules,
  effort: Effort,
): Search {
  const relevant = connected(sub(goal.left, goal.right), facts);
  const question = questionOf(goal, relevant, rules);
  const given = lowerBounds(relevant);
  const phases = [1, 0].map((least) => searchFrom(question, least, given));
  return (tries) => {
    effort.spend((tries * (1 + relevant.length)) / 16);
    for (const phase of phases) {
      const found = phase(tries);
      if (found) return found;
    }
    return undefined;
  };
}

function questionOf(goal: Fact, facts: readonly Fact[], rules: Rules): Question {
  const all = withBounds([goal, ...facts].flatMap((f) => [f.left, f.right]));
  const free = freeSyms(all, rules);
  const determined = inOrder(all, rules);
  const slots = new Map([...free, ...determined].map((sym, slot) => [sym, slot]));
  const relating = ({ relation, left, right }: Fact): Relating => {
    return { relation, left: compiled(left, slots), right: compiled(right, slots) };
  };
  const asked = [...symsOf(goal.right, symsOf(goal.left))].sort((a, b) => a.id - b.id);
  return {
    ...relating(goal),
    facts: facts.map(relating),
    free,
    determined: determined.map((sym) => compiled(rules.syms.get(sym) ?? int(0), slots)),
    startsAtZero: [...slots.keys()].map(startsAtZero),
    bounds: [...slots].flatMap(([sym, slot]) =>
      sym.kind === "index" && sym.bound ? [[slot, compiled(sym.bound, slots)] as const] : [],
    ),
    asked: asked.map((sym) => [sym, slots.get(sym) ?? -1]),
  };
}

/** Indices, and quotients that the facts brought in: nobody reads a 0 there as an odd size. */
const startsAtZero = (sym: Sym): boolean => sym.kind === "index" || sym.kind === "quotient";

/** The symbols that equalities determine, each after those it is computed from. */
function inOrder(all: readonly Sym[], rules: Rules): readonly Sym[] {
  const found = new Set<Sym>();
  const visiting = new Set<Sym>();
  const visit = (sym: Sym): void => {
    const value = rules.syms.get(sym);
    if (!value || visiting.has(sym)) return;
    visiting.add(sym);
    for (const inner of symsOf(value)) visit(inner);
    found.add(sym);
  };
  all.forEach(visit);
  return [...found];
}

/** The search among sizes of at least `least`, by rising sum of the free ones. */
function searchFrom(question: Question, least: number, given: ReadonlyMap<Sym, number>): Search {
  const lows = question.free.map((s) => Math.max(given.get(s) ?? 0, startsAtZero(s) ? 0 : least));
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
function failureAt(question: Question, row: readonly number[], least: number): Failure | undefined {
  const values = [...row];
  for (const formula of question.determined) values.push(formula(values));
  const left = question.left(values);
  const right = question.right(values);
  if (Number.isNaN(left) || Number.isNaN(right) || compare(question.relation, left, right))
    return undefined;
  if (!isAllowed(question, values, least)) return undefined;
  for (const fact of question.facts) {
    // A comparison with NaN is false but for `!=`.
    const [a, b] = [fact.left(values), fact.right(values)];
    if (Number.isNaN(a) || Number.isNaN(b) || !compare(fact.relation, a, b)) return undefined;
  }
  const counterexample = question.asked.map(([sym, slot]) => ({ sym, value: values[slot] ?? 0 }));
  return { counterexample, left, right };
}

/** Whether all values are sizes from `least` on, and indices below their bounds. */
function isAllowed(
  { startsAtZero: isFromZero, bounds }: Question,
  values: readonly number[],
  least: number,
): boolean {
  for (const [slot, value] of values.entries()) {
    if (!(value >= (isFromZero[slot] ? 0 : least)) || !Number.isSafeInteger(value)) return false;
  }
  return bounds.every(([slot, bound]) => (values[slot] ?? 0) < bound(values));
}

const total = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0);

const sumOf = ({ counterexample }: Failure): number => total(counterexample.map((c) => c.value));

/** Whether one failure has the smaller sum of sizes, or the same and smaller first sizes. */
export function isSmaller(a: Failure, b: Failure): boolean {
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

/** All ways to write `sum` as an ordered sum of `count` non-negative integers, in one list that changes from one to the next. */
function* compositions(sum: number, count: number): Generator<readonly number[]> {
  if (count === 0) {
    if (sum === 0) yield [];
    return;
  }
  const parts = Array<number>(count).fill(0);
  const last = count - 1;
  parts[last] = sum;
  for (;;) {
    yield parts;
    // One goes from the rightmost part that has some to the one before it, all else of it to the end.
    let from = last;
    while (from > 0 && parts[from] === 0) from--;
    if (from === 0) return;
    const rest = (parts[from] ?? 0) - 1;
    parts[from] = 0;
    parts[from - 1] = (parts[from - 1] ?? 0) + 1;
    parts[last] = rest;
  }
}
