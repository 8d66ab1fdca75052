// Facts joined by `or` and `not`, each as one fact that knows its cases.
import { add, int, max, min, negate, sub, type Dim } from "../dim.js";
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
