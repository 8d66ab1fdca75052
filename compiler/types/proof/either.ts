// Facts joined by `or` and `not`, each as one fact that knows its cases.
import { add, atomOf, constantOf, int, max, min, negate, same, sub, type Dim } from "../dim.js";
import type { Fact, Relation } from "./fact.js";

/** More cases than this are kept as arithmetic alone, which proves less. */
const maxCases = 16;

const OPPOSITE = {
  "==": "!=",
  "!=": "==",
  "<": ">=",
  "<=": ">",
  ">": "<=",
  ">=": "<",
} as const satisfies Record<Relation, Relation>;

/** Some group of facts holds. A group without facts always does, so that nothing is said. */
export function either(
  groups: readonly (readonly Fact[])[],
  place: Pick<Fact, "span" | "text"> = {},
): readonly Fact[] {
  const [first, ...others] = groups;
  if (!first || groups.some((g) => g.length === 0)) return [];
  if (others.length === 0) return first;
  const cases = groups.flatMap(distributed);
  const left = groups.map(allOf).reduce((a, b) => min(a, b));
  const given = { relation: "<=", left, right: int(0), ...place } as const;
  return [cases.length > maxCases ? given : { ...given, cases }];
}

/** What holds where these facts do not all hold. */
export const negationOf = (
  facts: readonly Fact[],
  place: Pick<Fact, "span" | "text"> = {},
): readonly Fact[] => either(facts.map(opposites), place);

/** A fact that was kept as arithmetic, with its cases again: `min(A - 1, B - 2) <= 0` is `A <= 1 or B <= 2`. */
export function decoded(fact: Fact): Fact {
  if (fact.cases || fact.relation !== "<=" || constantOf(fact.right) !== 0) return fact;
  const cases = groupsOf(fact.left);
  return cases.length > 1 && cases.length <= maxCases ? { ...fact, cases } : fact;
}

/** When a number is at most 0, as groups of facts of which one holds. */
function groupsOf(excessive: Dim): readonly (readonly Fact[])[] {
  const atom = atomOf(excessive);
  if (atom?.kind !== "min" && atom?.kind !== "max")
    return [[{ relation: "<=", left: excessive, right: int(0) }]];
  const [a, b] = atom.args;
  if (atom.kind === "min") return [...groupsOf(a), ...groupsOf(b)];
  if (same(a, negate(b))) return [[{ relation: "==", left: a, right: int(0) }]];
  return groupsOf(a).flatMap((x) => groupsOf(b).map((y) => [...x, ...y]));
}

/** The facts that hold together where one does not. */
function opposites(fact: Fact): readonly Fact[] {
  if (fact.cases) return fact.cases.flatMap((group) => negationOf(group));
  return [{ relation: OPPOSITE[fact.relation], left: fact.left, right: fact.right }];
}

/** A group as groups of plain facts: `(A or B) and C` is `A and C, or B and C`. */
function distributed(group: readonly Fact[]): readonly (readonly Fact[])[] {
  let groups: readonly (readonly Fact[])[] = [[]];
  for (const fact of group) {
    const cases = fact.cases ?? [[fact]];
    if (groups.length * cases.length > maxCases) return [group];
    groups = groups.flatMap((g) => cases.map((c) => [...g, ...c]));
  }
  return groups;
}

/** A number that is at most 0 exactly where all the facts hold. */
const allOf = (facts: readonly Fact[]): Dim => facts.map(excess).reduce((a, b) => max(a, b));

/** A number that is at most 0 exactly where the fact holds. */
function excess({ relation, left, right }: Fact): Dim {
  const difference = sub(left, right);
  switch (relation) {
    case "<=":
      return difference;
    case "<":
      return add(difference, int(1));
    case ">=":
      return negate(difference);
    case ">":
      return sub(int(1), difference);
    case "==":
      return max(difference, negate(difference));
    case "!=":
      return min(add(difference, int(1)), sub(int(1), difference));
  }
}
