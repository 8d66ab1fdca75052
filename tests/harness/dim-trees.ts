// Random expressions of sizes as trees, so that each has a value of its own beside the dim built from it.
import fc from "fast-check";
import {
  add,
  floorDiv,
  freshSym,
  int,
  max,
  min,
  mod,
  mul,
  pow,
  sub,
  symbol,
  type Dim,
} from "../../compiler/types/dim.js";

/** The names that occur. */
export const syms = ["A", "B", "C"].map((name) => freshSym(name));

/** An expression as a tree, so that it has a value of its own beside the dim built from it. */
export type Tree =
  | { readonly op: "int"; readonly value: number }
  | { readonly op: "sym"; readonly index: number }
  | {
      readonly op: "+" | "-" | "*" | "/" | "%" | "min" | "max";
      readonly left: Tree;
      readonly right: Tree;
    }
  | { readonly op: "**"; readonly left: Tree; readonly power: number }
  /** A small base to the power of a size, less another size or number. */
  | { readonly op: "pow"; readonly base: Tree; readonly size: number; readonly less: Tree };

const leaves: fc.Arbitrary<Tree> = fc.oneof(
  fc.record({ op: fc.constant("int" as const), value: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ op: fc.constant("sym" as const), index: fc.integer({ min: 0, max: 2 }) }),
);

export const trees = fc.letrec<{ tree: Tree }>((tie) => ({
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
    fc.record({
      op: fc.constant("pow" as const),
      base: leaves,
      size: fc.integer({ min: 0, max: 2 }),
      less: leaves,
    }),
  ),
})).tree;

/** The dim, or undefined where a divisor is the constant 0. */
export function build(t: Tree): Dim {
  switch (t.op) {
    case "int":
      return int(t.value);
    case "sym":
      return symbol(at(syms, t.index));
    case "**":
      return pow(build(t.left), int(t.power));
    case "pow":
      return pow(build(t.base), sub(symbol(at(syms, t.size)), build(t.less)));
    default: {
      const [a, b] = [build(t.left), build(t.right)];
      const build2 = { "+": add, "-": sub, "*": mul, "/": floorDiv, "%": mod, min, max };
      return build2[t.op](a, b);
    }
  }
}

/** Beyond this, plain arithmetic is not exact. */
const largest = 2 ** 40;

/** The value by plain arithmetic; undefined where a divisor is below 1 or an exponent below 0, which facts exclude. */
export function value(t: Tree, values: readonly number[]): number | undefined {
  const exact = valueOf(t, values);
  return exact !== undefined && Math.abs(exact) <= largest ? exact : undefined;
}

function valueOf(t: Tree, values: readonly number[]): number | undefined {
  switch (t.op) {
    case "int":
      return t.value;
    case "sym":
      return at(values, t.index);
    case "**": {
      const base = value(t.left, values);
      return base === undefined ? undefined : base ** t.power;
    }
    case "pow": {
      const [base, less] = [value(t.base, values), value(t.less, values)];
      if (base === undefined || less === undefined) return undefined;
      const exponent = at(values, t.size) - less;
      return exponent < 0 ? undefined : base ** exponent;
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

export const at = <T>(xs: readonly T[], i: number): T => {
  const x = xs[i];
  if (x === undefined) throw new Error(`no element ${String(i)}`);
  return x;
};
