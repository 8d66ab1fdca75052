// What is missing for a proof: the simplest clauses under which a claim holds for all sizes.
import {
  constantOf,
  int,
  mod,
  partsOf,
  sub,
  symbol,
  symOf,
  symsOf,
  type Dim,
  type Sym,
} from "../dim.js";
import { decoded, negationOf } from "./either.js";
import type { Fact } from "./fact.js";
import type { Facts } from "./facts.js";
import { isSameFact, simplest, stated } from "./simplify.js";

/** Clauses that are tried, and those that are given back. */
const maxTried = 16;
const maxGiven = 3;
/** Largest divisor whose other remainders are tried: a kernel that must be odd. */
const maxResidues = 4;

/**
 * Clauses over the given names, the simplest and weakest first, each of which alone makes the claim provable, excludes no
 * more than it must, and agrees with the facts. Empty where none was found.
 */
export const missing = (facts: Facts, claim: Fact, over: readonly Sym[]): readonly Fact[] =>
  facts.asking(() => missingFor(facts, claim, over));

function missingFor(facts: Facts, claim: Fact, over: readonly Sym[]): readonly Fact[] {
  const goal = decoded(claim);
  const allowed = new Set(over);
  const isSayable = ({ left, right }: Fact): boolean =>
    [...symsOf(right, symsOf(left))].every((s) => allowed.has(s));
  const helpful: Fact[] = [];
  for (const clause of candidates(facts, goal).filter(isSayable).slice(0, maxTried)) {
    if (helpful.length < maxGiven && helps(facts, goal, clause)) helpful.push(clause);
  }
  const weakest = helpful.filter(
    (one, i) => !helpful.some((other, j) => i !== j && isStricter(facts, one, other)),
  );
  return weakest.map((clause) => ({ ...clause, text: stated(clause) }));
}

/** Whether the clause proves the claim, and the facts leave room for it. */
function helps(facts: Facts, goal: Fact, clause: Fact): boolean {
  const isExcluded = negationOf([clause]).every((f) => facts.check(f).kind === "proved");
  return !isExcluded && facts.with([clause]).check(goal).kind === "proved";
}

/** Whether one clause implies the other, but not the other way round. */
function isStricter(facts: Facts, one: Fact, other: Fact): boolean {
  return (
    facts.with([one]).check(other).kind === "proved" &&
    facts.with([other]).check(one).kind !== "proved"
  );
}

/** Clauses that might help, the simplest first. */
function candidates(facts: Facts, goal: Fact): readonly Fact[] {
  if (goal.cases) {
    const single = goal.cases.flatMap((group) => (group.length === 1 ? group.map(simplest) : []));
    return [...single, goal];
  }
  const restored = facts.restore(facts.normalize(sub(goal.left, goal.right)));
  const rewritten: Fact = { relation: goal.relation, left: restored, right: int(0) };
  const quotients = [sub(goal.left, goal.right), restored].flatMap((d) => [...quotientsIn(d)]);
  const found = [
    simplest(goal),
    simplest(rewritten),
    ...quotients.flatMap(({ num, den }) => divisibilities(num, den)),
    ...quotients.flatMap(({ num, den }) => residues(num, den)),
  ].filter((f) => constantOf(sub(f.left, f.right)) === undefined);
  const distinct = found.filter((f, i) => found.findIndex((g) => isSameFact(f, g)) === i);
  return distinct.sort((a, b) => weightOf(a) - weightOf(b));
}

interface Quotient {
  readonly num: Dim;
  readonly den: Dim;
}

function* quotientsIn(d: Dim): Generator<Quotient> {
  for (const { factors } of d.terms) {
    for (const { atom } of factors) {
      if (atom.kind === "floor") yield { num: atom.num, den: atom.den };
      for (const part of partsOf(atom)) yield* quotientsIn(part);
    }
  }
}

/** `num % den == 0`, and the same of each name in the numerator. */
function divisibilities(num: Dim, den: Dim): readonly Fact[] {
  const wholes = [num, ...[...symsOf(num)].map(symbol)];
  return wholes.map((whole) => ({ relation: "==", left: mod(whole, den), right: int(0) }));
}

/** Each other remainder by a small number: `K % 2 == 1`. */
function residues(num: Dim, den: Dim): readonly Fact[] {
  const k = constantOf(den) ?? 0;
  if (k < 2 || k > maxResidues) return [];
  return [...symsOf(num)].flatMap((sym) =>
    Array.from({ length: k - 1 }, (_, r): Fact => {
      return { relation: "==", left: mod(symbol(sym), int(k)), right: int(r + 1) };
    }),
  );
}

/** How much there is to read; a remainder counts as little as a name. */
function weightOf(fact: Fact): number {
  const text = stated(fact).replace(/\w+/g, "n");
  const isPlain = symOf(fact.left) !== undefined;
  return text.length - (isPlain ? 1 : 0);
}
