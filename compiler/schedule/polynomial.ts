// Scalar expressions as polynomials in two variables and a size, to tell whether two of them are equal.
import type { ScalarExpr } from "../scalar/expr.js";
import type { IntrinsicName } from "../scalar/intrinsics.js";
import { constantOf, type Dim } from "../types/dim.js";

/** Coefficients by the exponents of both variables and of the size, such as `2 0 -1`. */
export type Polynomial = ReadonlyMap<string, number>;

/** Most terms of a polynomial that is worth following. */
const mostTerms = 32;

/** `x` in the variables `first` and `second` and in `size`; undefined where it mentions anything else or is none. */
export function polynomialOf(
  x: ScalarExpr,
  first: string,
  second: string,
  size: Dim,
): Polynomial | undefined {
  const seen = new Map<ScalarExpr, Polynomial | undefined>();
  const visit = (node: ScalarExpr): Polynomial | undefined => {
    if (!seen.has(node)) {
      const found = make(node);
      seen.set(node, found && found.size <= mostTerms ? found : undefined);
    }
    return seen.get(node);
  };
  const make = (node: ScalarExpr): Polynomial | undefined => {
    switch (node.kind) {
      case "literal":
        return number(node.value);
      case "variable":
        if (node.name === first) return new Map([["1 0 0", 1]]);
        return node.name === second ? new Map([["0 1 0", 1]]) : undefined;
      case "dim": {
        const known = constantOf(node.dim);
        if (known !== undefined) return number(known);
        return node.dim.key === size.key ? new Map([["0 0 1", 1]]) : undefined;
      }
      case "call": {
        const [a, b] = node.args.map(visit);
        return a && rules[node.fn]?.(a, b);
      }
    }
  };
  return visit(x);
}

type Rule = (a: Polynomial, b: Polynomial | undefined) => Polynomial | undefined;

/** Scalar functions that give polynomials of polynomials. */
const rules: Partial<Record<IntrinsicName, Rule>> = {
  convert: (a) => a,
  neg: (a) => product(a, number(-1)),
  add: (a, b) => b && sum(a, b),
  sub: (a, b) => b && sum(a, product(b, number(-1))),
  mul: (a, b) => b && product(a, b),
  div: (a, b) => {
    const inverse = b && inverseOf(b);
    return inverse && product(a, inverse);
  },
};

/** `(first - second / size)^2`. */
export function squareOfDifference(size: Dim): Polynomial {
  const known = constantOf(size);
  const mean: Polynomial =
    known === undefined ? new Map([["0 1 -1", -1]]) : new Map([["0 1 0", -1 / known]]);
  const difference = sum(new Map([["1 0 0", 1]]), mean);
  return product(difference, difference);
}

/** Whether two have the same coefficients, up to rounding. */
export function isPolynomial(found: Polynomial | undefined, wanted: Polynomial): boolean {
  if (!found) return false;
  const keys = new Set([...found.keys(), ...wanted.keys()]);
  return [...keys].every((key) => {
    const [a, b] = [found.get(key) ?? 0, wanted.get(key) ?? 0];
    return Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b));
  });
}

const number = (value: number): Polynomial => new Map([["0 0 0", value]]);

function sum(a: Polynomial, b: Polynomial): Polynomial {
  const result = new Map(a);
  for (const [key, value] of b) result.set(key, (result.get(key) ?? 0) + value);
  return result;
}

function product(a: Polynomial, b: Polynomial): Polynomial {
  const result = new Map<string, number>();
  for (const [m, x] of a) {
    for (const [n, y] of b) {
      const powers = n.split(" ").map(Number);
      const key = m
        .split(" ")
        .map((power, i) => Number(power) + (powers[i] ?? 0))
        .join(" ");
      result.set(key, (result.get(key) ?? 0) + x * y);
    }
  }
  return result;
}

/** One over a number, or over a power of the size. */
function inverseOf(x: Polynomial): Polynomial | undefined {
  const terms = [...x].filter(([, value]) => value !== 0);
  const [term, ...others] = terms;
  if (!term || others.length > 0) return undefined;
  const [key, value] = term;
  const [a, b, size] = key.split(" ").map(Number);
  if (a !== 0 || b !== 0) return undefined;
  return new Map([[`0 0 ${String(-(size ?? 0))}`, 1 / value]]);
}
