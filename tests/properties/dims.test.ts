// Dims against plain integer arithmetic: the normal form keeps values, and verdicts are true of all small sizes.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Facts, type Fact, type Relation } from "../../compiler/types/constraints.js";
import {
  add,
  evaluate,
  floorDiv,
  freshSym,
  int,
  max,
  min,
  mod,
  mul,
  pow,
  show,
  sub,
  symbol,
  type Dim,
  type Sym,
} from "../../compiler/types/dim.js";
import { compare } from "../../compiler/types/proof/counterexample.js";

const syms = ["A", "B", "C"].map((name) => freshSym(name));

/** An expression as a tree, so that it has a value of its own beside the dim built from it. */
type Tree =
  | { readonly op: "int"; readonly value: number }
  | { readonly op: "sym"; readonly index: number }
  | {
      readonly op: "+" | "-" | "*" | "/" | "%" | "min" | "max";
      readonly left: Tree;
      readonly right: Tree;
    }
  | { readonly op: "**"; readonly left: Tree; readonly power: number };

const trees = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.record({ op: fc.constant("int" as const), value: fc.integer({ min: 0, max: 5 }) }),
    fc.record({ op: fc.constant("sym" as const), index: fc.integer({ min: 0, max: 2 }) }),
    fc.record({
      op: fc.constantFrom("+", "-", "*", "/", "%", "min", "max"),
      left: tie("tree"),
      right: tie("tree"),
    }),
    fc.record({
      op: fc.constant("**" as const),
      left: tie("tree"),
      power: fc.integer({ min: 0, max: 2 }),
    }),
  ),
})).tree;

/** The dim, or undefined where a divisor is the constant 0. */
function build(t: Tree): Dim {
  switch (t.op) {
    case "int":
      return int(t.value);
    case "sym":
      return symbol(at(syms, t.index));
    case "**":
      return pow(build(t.left), int(t.power));
    default: {
      const [a, b] = [build(t.left), build(t.right)];
      const build2 = { "+": add, "-": sub, "*": mul, "/": floorDiv, "%": mod, min, max };
      return build2[t.op](a, b);
    }
  }
}

/** The value by plain arithmetic; undefined where some divisor is below 1, which facts exclude. */
function value(t: Tree, values: readonly number[]): number | undefined {
  switch (t.op) {
    case "int":
      return t.value;
    case "sym":
      return at(values, t.index);
    case "**": {
      const base = value(t.left, values);
      return base === undefined ? undefined : base ** t.power;
    }
    default: {
      const [a, b] = [value(t.left, values), value(t.right, values)];
      return a === undefined || b === undefined ? undefined : operate(t.op, a, b);
    }
  }
}

function operate(
  op: "+" | "-" | "*" | "/" | "%" | "min" | "max",
  a: number,
  b: number,
): number | undefined {
  if (op === "/" || op === "%") {
    if (b < 1) return undefined;
    return op === "/" ? Math.floor(a / b) : a - b * Math.floor(a / b);
  }
  if (op === "min" || op === "max") return Math[op](a, b);
  return op === "+" ? a + b : op === "-" ? a - b : a * b;
}

const at = <T>(xs: readonly T[], i: number): T => {
  const x = xs[i];
  if (x === undefined) throw new Error(`no element ${String(i)}`);
  return x;
};

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

const toFact = ({ relation, left, right }: Claim): Fact => ({
  relation,
  left: build(left),
  right: build(right),
});

/** Whether a claim is true; undefined where a division in it is not defined. */
function isTrue({ relation, left, right }: Claim, values: readonly number[]): boolean | undefined {
  const [a, b] = [value(left, values), value(right, values)];
  return a === undefined || b === undefined ? undefined : compare(relation, a, b);
}

function checkClaim(claim: Claim, given: readonly Claim[], count: Map<string, number>): void {
  const goal = toFact(claim);
  const verdict = Facts.none.with(given.map(toFact)).check(goal);
  count.set(verdict.kind, (count.get(verdict.kind) ?? 0) + 1);
  if (verdict.kind === "proved") {
    for (const values of sizes) {
      if (!given.every((g) => isTrue(g, values))) continue;
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
    const isPossible = sizes.some((values) => given.every((g) => isTrue(g, values)));
    if (known.size === syms.length && isPossible) {
      for (const g of given) expect(isTrue(g, syms.map(valueOf))).not.toBe(false);
    }
  }
}

describe("verdicts", () => {
  test("proofs hold for all sizes up to 6, counterexamples break the claim", () => {
    const count = new Map<string, number>();
    fc.assert(
      fc.property(claims, facts, (claim, given) => {
        checkClaim(claim, given, count);
      }),
      { numRuns: 1000, seed: 3 },
    );
    expect(count.get("proved") ?? 0).toBeGreaterThan(100);
    expect(count.get("refuted") ?? 0).toBeGreaterThan(200);
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
          given,
          count,
        );
      }),
      { numRuns: 200, seed: 4 },
    );
    expect(count.get("refuted") ?? 0).toBe(0);
    expect(count.get("unknown") ?? 0).toBe(0);
  });
});
