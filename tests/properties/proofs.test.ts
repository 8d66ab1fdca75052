// Identities of dims that models rely on, each proved for all sizes; and claims that must not be proved.
import { describe, expect, test } from "vitest";
import { Facts, missing, simplest, type Fact } from "../../compiler/types/constraints.js";
import { constantOf, freshSym, show, symbol, symsOf } from "../../compiler/types/dim.js";
import { Claims } from "../harness/claims.js";
import { identities } from "./identities.js";

/** Claims in which `i` is the index of a loop over `L` elements. */
function claimsWithIndex(): Claims {
  const claims = new Claims();
  return claims.bind("i", symbol(freshSym("i", "index", undefined, claims.size("L"))));
}

describe.each(Object.entries(identities))("proved for all sizes: %s", (_, list) => {
  test.each(list)("$name", ({ claim, where }) => {
    const claims = claimsWithIndex();
    const facts = Facts.none.with(claims.facts(where));
    for (const fact of claims.facts(claim)) expect(facts.check(fact).kind).toBe("proved");
  });
});

describe("refuted by the smallest sizes", () => {
  const cases: readonly (readonly [claim: string, where: string, shown: string])[] = [
    ["H * (D / H) == D", "", "H=2 D=1: 0, 1"],
    ["In == Out", "", "In=1 Out=2: 1, 2"],
    ["H == K", "H * K == D", "H=1 K=2: 1, 2"],
    ["T - 1 >= 0", "", "T=0: -1, 0"],
    ["X <= 1000", "X >= 1000", "X=1001: 1001, 1000"],
    ["D == 16 * H", "D % 16 == 0", "D=16 H=2: 16, 32"],
    ["D % 8 == 0", "D % 4 == 0", "D=4: 4, 0"],
    ["A + B == C", "A == 2 * B and C >= 3", "A=2 B=1 C=4: 3, 4"],
    ["A == 1", "A == 1 or A == 2", "A=2: 2, 1"],
    ["H / 2 ** j * 2 ** j == H", "H % 2 ** L == 0", "H=2 j=2: 0, 2"],
  ];
  test.each(cases)("%s given %s", (claim, where, shown) => {
    const claims = new Claims();
    const goal = claims.fact(claim);
    const verdict = Facts.none.with(claims.facts(where)).check(goal);
    if (verdict.kind !== "refuted") throw new Error(verdict.kind);
    const { counterexample, left, right } = verdict;
    const values = counterexample.map(({ sym, value }) => `${sym.name}=${String(value)}`);
    expect(`${values.join(" ")}: ${String(left)}, ${String(right)}`).toBe(shown);
  });
});

describe("the simplest form of a relation", () => {
  const cases: readonly (readonly [claim: string, shown: string])[] = [
    ["B * T * D == B * S * D", "T == S"],
    ["T - 1 >= 0", "T >= 1"],
    ["0 < T", "T >= 1"],
    ["16 <= S", "S >= 16"],
    ["2 * T <= 5", "T <= 2"],
    ["2 * T + 2 <= 2 * S", "T + 1 <= S"],
    ["H * (D / H) == D", "D % H == 0"],
    ["In * R == In", "R == 1"],
    ["B * (T + 1) == B * T + B * S", "S == 1"],
    ["3 * D != E", "3 * D != E"],
  ];
  test.each(cases)("%s is %s", (claim, shown) => {
    expect(textOf(simplest(new Claims().fact(claim)))).toBe(shown);
  });
});

describe("the missing clause", () => {
  const cases: readonly (readonly [claim: string, where: string, clause: string])[] = [
    ["H * (D / H) == D", "", "D % H == 0"],
    ["T <= Tmax", "", "T <= Tmax"],
    ["T - 1 >= 0", "", "T >= 1"],
    ["In * R == In", "", "R == 1"],
    ["3 * D == E", "", "3 * D == E"],
    ["S - 16 >= 0", "", "S >= 16"],
    ["X + 2 * ((K - 1) / 2) - K + 1 == X", "", "K % 2 == 1"],
    ["(H + 2 - 3) / 2 + 1 == H / 2", "", "H % 2 == 0"],
    ["W / 16 * (16 * H) == W * H", "", "W % 16 == 0"],
    ["H * (2 * (D / H / 2)) == D", "D % H == 0", "D % (2 * H) == 0"],
  ];
  test.each(cases)("%s given %s", (claim, where, clause) => {
    const claims = new Claims();
    const goal = claims.fact(claim);
    const facts = Facts.none.with(claims.facts(where));
    expect(missing(facts, goal, namesOf(goal))[0]?.text).toBe(clause);
  });

  test("is none where the facts exclude the claim", () => {
    const claims = new Claims();
    const goal = claims.fact("A == B");
    const facts = Facts.none.with(claims.facts("A == 1 and B == 2"));
    expect(missing(facts, goal, namesOf(goal))).toEqual([]);
  });

  test("is none where it needs a name that is not in scope", () => {
    const claims = new Claims();
    expect(missing(Facts.none, claims.fact("T <= Tmax"), namesOf(claims.fact("T == 1")))).toEqual(
      [],
    );
  });
});

const textOf = ({ left, relation, right }: Fact): string =>
  `${show(left)} ${relation} ${show(right)}`;

const namesOf = ({ left, right }: Fact): Parameters<typeof missing>[2] => [
  ...symsOf(right, symsOf(left)),
];

test("a quotient prints as it was written", () => {
  const claims = new Claims();
  const facts = Facts.none.with(claims.facts("D % H == 0"));
  expect(show(facts.normalize(claims.dim("D")))).toBe("H * (D / H)");
  expect(show(facts.restore(facts.normalize(claims.dim("D / H"))))).toBe("D / H");
  expect(constantOf(facts.normalize(claims.dim("D % H")))).toBe(0);
});

test("facts that exclude each other are noticed", () => {
  const excluded = (where: string): boolean =>
    Facts.none.with(new Claims().facts(where)).isContradictory;
  expect(excluded("R == 1 and R == 2")).toBe(true);
  expect(excluded("R == S and R != S")).toBe(true);
  expect(excluded("2 * R == 2 * S + 1")).toBe(true);
  expect(excluded("R == 1")).toBe(false);
});
