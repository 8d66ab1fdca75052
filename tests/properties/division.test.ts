// Division of dims against plain integers: rounded up, of products by their factors, and of indices within their bounds.
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  add,
  ceilDiv,
  evaluate,
  floorDiv,
  freshSym,
  int,
  mod,
  mul,
  pow,
  scale,
  show,
  symbol,
  type Dim,
  type Sym,
} from "../../compiler/types/dim.js";
import { at, build, syms, trees, value } from "../harness/dim-trees.js";

const options = { seed: 31, numRuns: 600 };

test("a quotient that is rounded up is the least that suffices", () => {
  let compared = 0;
  fc.assert(
    fc.property(trees, trees, fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9)), (left, right, values) => {
      const [a, b] = [value(left, values), value(right, values)];
      if (a === undefined || b === undefined || b < 1) return;
      const quotient = ceilDiv(build(left), build(right));
      compared++;
      const found = evaluate(quotient, (s) => values[syms.indexOf(s)]);
      expect(found, show(quotient)).toBe(Math.ceil(a / b) + 0);
    }),
    options,
  );
  expect(compared).toBeGreaterThan(200);
});

/** Products of powers of names. */
const monomials = fc
  .array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 3 })), { minLength: 1, maxLength: 3 })
  .map((factors) => mul(...factors.map(([i, e]) => pow(symbol(at(syms, i)), int(e)))));

test("what a dim is multiplied by is taken out again, whatever powers it has", () => {
  fc.assert(
    fc.property(trees, monomials, (tree, factor) => {
      const dim = build(tree);
      expect(floorDiv(mul(dim, factor), factor).key, show(factor)).toBe(dim.key);
      expect(mod(mul(dim, factor), factor).key, show(factor)).toBe("0");
    }),
    options,
  );
});

const [n, m] = ["N", "M"].map((name) => freshSym(name));
if (!n || !m) throw new Error("no names");
const [i, j] = [n, m].map((size) => freshSym("i", "index", undefined, symbol(size)));
if (!i || !j) throw new Error("no indices");

/** Sizes, and every place of two indices below them. */
const places: readonly ReadonlyMap<Sym, number>[] = [1, 2, 3].flatMap((rows) =>
  [1, 2, 3].flatMap((columns) =>
    Array.from({ length: rows * columns }, (_, k) => {
      const row = Math.floor(k / columns);
      return new Map([
        [n, rows],
        [m, columns],
        [i, row],
        [j, k % columns],
      ]);
    }),
  ),
);

const few = [0, 1, 2];
/** Places in memory: indices times sizes and numbers. */
const positions: readonly Dim[] = few.flatMap((a) =>
  few.flatMap((b) =>
    few.flatMap((c) =>
      few.map((d) => {
        const [row, column] = [symbol(i), symbol(j)];
        return add(scale(row, a), scale(column, b), scale(mul(row, symbol(m)), c), int(d));
      }),
    ),
  ),
);
/** What such a place is divided by: sizes, their product, and what is next to them. */
const divisors: readonly Dim[] = [symbol(n), symbol(m), mul(symbol(n), symbol(m)), int(3)].flatMap(
  (size) => few.map((more) => add(size, int(more - 1))),
);

test("the quotient and the rest of a place are those of its number, for all indices below their bounds", () => {
  const wrong: string[] = [];
  let whole = 0;
  for (const position of positions) {
    for (const divisor of divisors) {
      const [quotient, rest] = [floorDiv(position, divisor), mod(position, divisor)];
      if (!quotient.key.includes("f(")) whole++;
      for (const place of places) {
        const of = (d: Dim): number => evaluate(d, (s) => place.get(s)) ?? NaN;
        const [by, number] = [of(divisor), of(position)];
        if (by < 1) continue;
        const most = Math.floor(number / by);
        if (of(quotient) !== most || of(rest) !== number - by * most)
          wrong.push(`${show(position)} by ${show(divisor)} at ${[...place.values()].join()}`);
      }
    }
  }
  expect(wrong).toEqual([]);
  // Otherwise nothing was divided but in name.
  expect(whole).toBeGreaterThan(50);
});
