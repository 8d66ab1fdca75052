// Dims against plain integer arithmetic: the normal form keeps values, and verdicts are true of all small sizes.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  either,
  Facts,
  negationOf,
  type Fact,
  type Relation,
} from "../../compiler/types/constraints.js";
import { add, evaluate, mul, show, sub, symsOf, type Sym } from "../../compiler/types/dim.js";
import { build, syms, trees, value, type Tree } from "../harness/dim-trees.js";
import { compare } from "../../compiler/types/proof/counterexample.js";

const sizes: readonly (readonly number[])[] = Array.from({ length: 7 ** 3 }, (_, i) => [
  i % 7,
  Math.floor(i / 7) % 7,
  Math.floor(i / 49),
]);

describe("normal form", () => {
  test("has the value of the expression", () => {
    fc.assert(
      fc.property(trees, fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9)), (tree, values) => {
        const direct = value(tree, values);
        if (direct === undefined) return;
        const dim = build(tree);
        const got = evaluate(dim, (s) => values[syms.indexOf(s)]);
        expect(got, show(dim)).toBe(direct + 0);
      }),
      { numRuns: 2000, seed: 1 },
    );
  });

  test("sums and products do not depend on their order", () => {
    fc.assert(
      fc.property(trees, trees, trees, (x, y, z) => {
        const [a, b, c] = [build(x), build(y), build(z)];
        expect(add(add(a, b), c).key).toBe(add(c, add(b, a)).key);
        expect(mul(mul(a, b), c).key).toBe(mul(c, mul(b, a)).key);
        expect(mul(a, add(b, c)).key).toBe(add(mul(a, b), mul(a, c)).key);
        expect(sub(a, a).key).toBe("0");
      }),
      { numRuns: 500, seed: 2 },
    );
  });
});

interface Claim {
  readonly relation: Relation;
  readonly left: Tree;
  readonly right: Tree;
}
const claims: fc.Arbitrary<Claim> = fc.record({
  relation: fc.constantFrom<Relation>("==", "==", "==", "!=", "<=", "<", ">=", ">"),
  left: trees,
  right: trees,
});
/** Facts as programs state them, and arbitrary ones. */
const facts: fc.Arbitrary<readonly Claim[]> = fc.array(
  fc.oneof(
    fc.record({ a: fc.nat(2), b: fc.nat(2) }).map(({ a, b }): Claim => ({
      relation: "==",
      left: { op: "%", left: { op: "sym", index: a }, right: { op: "sym", index: b } },
      right: { op: "int", value: 0 },
    })),
    fc
      .record({ a: fc.nat(2), k: fc.integer({ min: 2, max: 4 }), r: fc.nat(1) })
      .map(({ a, k, r }): Claim => ({
        relation: "==",
        left: { op: "%", left: { op: "sym", index: a }, right: { op: "int", value: k } },
        right: { op: "int", value: r },
      })),
    fc.record({ a: fc.nat(2), b: fc.nat(2) }).map(({ a, b }): Claim => ({
      relation: "<=",
      left: { op: "sym", index: a },
      right: { op: "sym", index: b },
    })),
    fc
      .record({ a: fc.nat(2), right: trees })
      .map(({ a, right }): Claim => ({ relation: "==", left: { op: "sym", index: a }, right })),
    claims,
  ),
  { maxLength: 3 },
);

/** Facts that hold together, and groups of them of which one holds, or none. */
type Formula =
  | { readonly kind: "all"; readonly claims: readonly Claim[] }
  | { readonly kind: "any" | "none"; readonly groups: readonly (readonly Claim[])[] };

const few = fc.array(claims, { minLength: 1, maxLength: 2 });
const formulas: fc.Arbitrary<Formula> = fc.oneof(
  { weight: 2, arbitrary: facts.map((all): Formula => ({ kind: "all", claims: all })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("any" as const, "none" as const), facts, few, facts)
      .map(([kind, a, b, c]): Formula => {
        return { kind, groups: [a, b, c].filter((g) => g.length > 0) };
      }),
  },
);

const toFact = ({ relation, left, right }: Claim): Fact => ({
  relation,
  left: build(left),
  right: build(right),
});

function toFacts(formula: Formula): readonly Fact[] {
  if (formula.kind === "all") return formula.claims.map(toFact);
  const groups = formula.groups.map((g) => g.map(toFact));
  return formula.kind === "any" ? either(groups) : groups.flatMap((g) => negationOf(g));
}

/** Whether a claim is true; undefined where a division in it is not defined. */
function isTrue({ relation, left, right }: Claim, values: readonly number[]): boolean | undefined {
  const [a, b] = [value(left, values), value(right, values)];
  return a === undefined || b === undefined ? undefined : compare(relation, a, b);
}

/** Whether a formula is true and everything in it defined. */
function isSatisfied(formula: Formula, values: readonly number[]): boolean {
  if (formula.kind === "all") return formula.claims.every((c) => isTrue(c, values) === true);
  const truths = formula.groups.map((g) => g.map((c) => isTrue(c, values)));
  if (truths.flat().includes(undefined)) return false;
  const isAny = truths.some((g) => g.every((t) => t === true));
  return isAny === (formula.kind === "any");
}

function checkClaim(claim: Claim, given: readonly Formula[], count: Map<string, number>): void {
  const goal = toFact(claim);
  const verdict = Facts.none.with(given.flatMap(toFacts)).check(goal);
  count.set(verdict.kind, (count.get(verdict.kind) ?? 0) + 1);
  const isPossible = (values: readonly number[]): boolean =>
    given.every((g) => isSatisfied(g, values));
  if (verdict.kind === "proved") {
    for (const values of sizes) {
      if (!isPossible(values)) continue;
      expect(
        isTrue(claim, values),
        `${show(goal.left)} ${claim.relation} ${show(goal.right)} at ${values.join()}`,
      ).not.toBe(false);
    }
  }
  if (verdict.kind === "refuted") {
    const valueOf = (s: Sym): number => verdict.counterexample.find((c) => c.sym === s)?.value ?? 0;
    const left = evaluate(goal.left, valueOf);
    const right = evaluate(goal.right, valueOf);
    expect([left, right]).toEqual([verdict.left, verdict.right]);
    expect(compare(claim.relation, verdict.left, verdict.right)).toBe(false);
    // Symbols of the facts alone are not part of the counterexample; where all are known the facts hold under it.
    const known = new Set(verdict.counterexample.map((c) => c.sym));
    if (known.size === syms.length && sizes.some(isPossible)) {
      const values = syms.map(valueOf);
      for (const g of given) {
        if (g.kind === "all") for (const c of g.claims) expect(isTrue(c, values)).not.toBe(false);
      }
    }
  }
}

function isTrueOfDims(fact: Fact, values: readonly number[]): boolean | undefined {
  const [a, b] = [fact.left, fact.right].map((d) => evaluate(d, (s) => values[syms.indexOf(s)]));
  return a === undefined || b === undefined ? undefined : compare(fact.relation, a, b);
}

/** The tree times a sum of all names, so that all occur. */
const mentioning = (tree: Tree): Tree => {
  const sum = [0, 1, 2].reduce<Tree>(
    (left, index) => ({ op: "+", left, right: { op: "sym", index } }),
    { op: "int", value: 1 },
  );
  return { op: "*", left: tree, right: sum };
};

/** The failing sizes with the least sum, those without 0 first, then by the first that differs. */
function smallest(fails: (values: readonly number[]) => boolean): readonly number[] | undefined {
  const rank = (values: readonly number[]): readonly number[] => [
    Number(values.includes(0)),
    values.reduce((sum, v) => sum + v, 0),
    ...values,
  ];
  const failing = sizes.filter(fails).sort((a, b) => {
    const [x, y] = [rank(a), rank(b)];
    const at = x.findIndex((v, i) => v !== y[i]);
    return (x[at] ?? 0) - (y[at] ?? 0);
  });
  return failing[0];
}

describe("verdicts", () => {
  test("proofs hold for all sizes up to 6, counterexamples break the claim", () => {
    const count = new Map<string, number>();
    fc.assert(
      fc.property(claims, formulas, (claim, given) => {
        checkClaim(claim, [given], count);
      }),
      { numRuns: 1000, seed: 3 },
    );
    expect(count.get("proved") ?? 0).toBeGreaterThan(100);
    expect(count.get("refuted") ?? 0).toBeGreaterThan(200);
  });

  test("proofs from several facts that hold hold too", () => {
    const count = new Map<string, number>();
    fc.assert(
      fc.property(
        claims,
        fc.array(formulas, { minLength: 1, maxLength: 3 }),
        fc.tuple(fc.nat(6), fc.nat(6), fc.nat(6)),
        (claim, given, witness) => {
          // Facts that no sizes satisfy prove anything; those that the witness breaks are left out.
          const possible = given.filter((g) => isSatisfied(g, witness));
          checkClaim(claim, possible, count);
        },
      ),
      { numRuns: 1000, seed: 5 },
    );
    expect(count.get("proved") ?? 0).toBeGreaterThan(100);
  });

  test("a counterexample has the smallest sizes", () => {
    let compared = 0;
    fc.assert(
      fc.property(claims, facts, (claim, given) => {
        // Sizes that only the facts name are not part of the answer, so both sides name all.
        const everywhere: Claim = { ...claim, left: mentioning(claim.left) };
        const goal = toFact(everywhere);
        const verdict = Facts.none.with(given.map(toFact)).check(goal);
        const known = symsOf(goal.right, symsOf(goal.left));
        const best = smallest((values) => {
          // A divisor that cancels is gone from the dims, and with it what it excludes.
          const isPossible = given.every((g) => isTrueOfDims(toFact(g), values) === true);
          return isPossible && isTrueOfDims(goal, values) === false;
        });
        if (verdict.kind !== "refuted" || known.size < syms.length || !best) return;
        // Farther away the search gives up on sizes from 1 for the sake of time.
        if (best.includes(0) || best.reduce((sum, v) => sum + v, 0) > 10) return;
        compared++;
        const found = syms.map((s) => verdict.counterexample.find((c) => c.sym === s)?.value);
        expect(found, `${show(goal.left)} ${claim.relation} ${show(goal.right)}`).toEqual(best);
      }),
      { numRuns: 1500, seed: 6 },
    );
    expect(compared).toBeGreaterThan(200);
  });

  test("claims that are true of all small sizes are mostly proved", () => {
    const count = new Map<string, number>();
    fc.assert(
      fc.property(trees, facts, (tree, given) => {
        // The same expression with its sums and products written in another way.
        checkClaim(
          {
            relation: "==",
            left: tree,
            right: {
              op: "-",
              left: { op: "+", left: tree, right: { op: "sym", index: 0 } },
              right: { op: "sym", index: 0 },
            },
          },
          [{ kind: "all", claims: given }],
          count,
        );
      }),
      { numRuns: 200, seed: 4 },
    );
    expect(count.get("refuted") ?? 0).toBe(0);
    expect(count.get("unknown") ?? 0).toBe(0);
  });
});
