// Which cases to distinguish where a claim has no direct proof: what facts offer, which of two is larger, remainders.
import {
  constantOf,
  int,
  mod,
  partsOf,
  sub,
  symbol,
  symsOf,
  type Atom,
  type Dim,
  type Sym,
} from "../dim.js";
import { negationOf } from "./either.js";
import type { Fact } from "./fact.js";
import { connected } from "./relevance.js";

/** Groups of facts of which one must hold, and the fact that they take the place of. */
export interface Split {
  readonly groups: readonly (readonly Fact[])[];
  readonly replaces?: Fact;
}

/** Largest divisor whose remainders are tried one by one. */
const maxResidues = 8;

/** A fact of which the cases are known. */
export type CaseFact = Fact & Required<Pick<Fact, "cases">>;

/** The facts with cases that can bear on a claim. */
export const caseFacts = (goal: Fact, list: readonly Fact[]): readonly CaseFact[] =>
  list.some(hasCases)
    ? connected(sub(goal.left, goal.right), list).filter((f): f is CaseFact => hasCases(f))
    : [];

const hasCases = (fact: Fact): boolean => fact.cases !== undefined;

/** The facts without the cases that the given ones exclude in so many words; where one case is left, its facts. */
export function narrowed(list: readonly Fact[], given: readonly Fact[]): readonly Fact[] {
  const excluded = new Set(given.flatMap((f) => negationOf([f])).map(keyOf));
  return list.flatMap((fact) => {
    const cases = fact.cases?.filter((group) => !group.some((f) => excluded.has(keyOf(f))));
    if (!cases || cases.length === fact.cases?.length) return [fact];
    const [only, ...others] = cases;
    return only && others.length === 0 ? only : [{ ...fact, cases }];
  });
}

/** The next distinction that may help with a claim about these dims; undefined where none is left. */
export function nextSplit(goal: Dim, list: readonly Fact[], normal: Dim): Split | undefined {
  const facts = connected(goal, list);
  const open = facts.find((f) => f.cases);
  if (open?.cases) return { groups: open.cases, replaces: open };
  const unequal = facts.find((f) => f.relation === "!=");
  if (unequal) return { groups: sidesOf(unequal), replaces: unequal };
  const dims = [normal, ...facts.flatMap((f) => [f.left, f.right])];
  return extremumSplit(dims, list) ?? residueSplit(normal, list);
}

const sidesOf = ({ left, right }: Fact): Split["groups"] => [
  [{ relation: "<", left, right }],
  [{ relation: ">", left, right }],
];

/** `a <= b` or `b < a` for the first minimum or maximum that the facts leave open. */
function extremumSplit(dims: readonly Dim[], list: readonly Fact[]): Split | undefined {
  const stated = new Set(list.map(keyOf));
  for (const atom of atomsWithin(dims)) {
    if (atom.kind !== "min" && atom.kind !== "max") continue;
    const [left, right] = atom.args;
    const groups: readonly Fact[] = [
      { relation: "<=", left, right },
      { relation: ">", left, right },
    ];
    if (!groups.some((f) => stated.has(keyOf(f)))) return { groups: groups.map((f) => [f]) };
  }
  return undefined;
}

/** Each remainder of a size inside of a quotient by a small number. */
function residueSplit(normal: Dim, list: readonly Fact[]): Split | undefined {
  const stated = new Set(list.map((f) => f.left.key));
  for (const atom of atomsWithin([normal])) {
    const k = atom.kind === "floor" ? constantOf(atom.den) : undefined;
    if (atom.kind !== "floor" || k === undefined || k < 2 || k > maxResidues) continue;
    for (const sym of symsOf(atom.num)) {
      const rest = remainder(sym, k);
      if (sym.kind === "index" || stated.has(rest.key)) continue;
      const groups = Array.from({ length: k }, (_, r): Fact[] => [
        { relation: "==", left: rest, right: int(r) },
      ]);
      return { groups };
    }
  }
  return undefined;
}

const remainder = (sym: Sym, k: number): Dim => mod(symbol(sym), int(k));

/** Every atom, inner ones before those that hold them, so that a split makes the outer ones simpler. */
function* atomsWithin(dims: readonly Dim[]): Generator<Atom> {
  for (const d of dims) {
    for (const { factors } of d.terms) {
      for (const { atom } of factors) {
        yield* atomsWithin(partsOf(atom));
        yield atom;
      }
    }
  }
}

/** Equal for facts that state the same. */
export const keyOf = ({ relation, left, right }: Fact): string =>
  `${left.key} ${relation} ${right.key}`;
