// Intervals of scalar expressions: every value of an expression lies in the interval that is computed for it.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { call, literal, variable, type ScalarExpr } from "../../compiler/scalar/expr.js";
import { intrinsic, intrinsics, type IntrinsicName } from "../../compiler/scalar/intrinsics.js";
import { rangeOfScalar, type Range } from "../../compiler/scalar/range.js";

const seed = 20_260;

/** Numbers that are exact, and far from the smallest: division by those is not what this is about. */
const sixtyFourths = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min, max }).map((n) => n / 64);

/** Functions of floats that give floats. */
const functions = (Object.keys(intrinsics) as IntrinsicName[]).filter(
  (name) =>
    !["xor", "shr", "convert", "select"].includes(name) && intrinsic(name).result === "operand",
);

const arbitrary = (depth: number): fc.Arbitrary<ScalarExpr> => {
  const leaf = fc.oneof(
    fc.constantFrom("0", "1").map((name) => variable(name, "f32")),
    sixtyFourths(-192, 192).map((x) => literal(x, "f32")),
  );
  if (depth === 0) return leaf;
  const under = arbitrary(depth - 1);
  const made = fc
    .tuple(fc.constantFrom(...functions), under, under, under)
    .map(([fn, ...args]) => call(fn, ...args.slice(0, intrinsic(fn).arity)));
  return fc.oneof(leaf, made);
};

function valueOf(node: ScalarExpr, variables: readonly number[]): number {
  if (node.kind === "literal") return node.value;
  if (node.kind === "variable") return variables[Number(node.name)] ?? 0;
  if (node.kind === "dim") return 0;
  return intrinsic(node.fn).js(
    node.args.map((a) => valueOf(a, variables)),
    "f32",
    "f32",
  );
}

const interval = fc
  .tuple(sixtyFourths(-256, 256), sixtyFourths(0, 192))
  .map(([low, width]): Range => ({ low, high: low + width }));

test(`contain what the expression gives (seed ${String(seed)})`, () => {
  const part = sixtyFourths(0, 64);
  fc.assert(
    fc.property(arbitrary(4), interval, interval, part, part, (node, a, b, s, t) => {
      const inside = [a.low + s * (a.high - a.low), b.low + t * (b.high - b.low)];
      const value = valueOf(node, inside);
      // Outside of where a function is defined, as the logarithm of what is negative, there is nothing to contain.
      fc.pre(!Number.isNaN(value));
      const { low, high } = rangeOfScalar(node, (name) => (name === "0" ? a : b));
      const slack = Number.isFinite(value) ? 1e-9 * (1 + Math.abs(value)) : 0;
      expect(
        low - slack <= value && value <= high + slack,
        `${String(value)} in [${String(low)}, ${String(high)}]`,
      ).toBe(true);
    }),
    { seed, numRuns: 5000 },
  );
});

describe("are tight where warnings need them", () => {
  const x = variable("0", "f32");
  const anything: Range = { low: -Infinity, high: Infinity };
  const one = literal(1, "f32");
  test.each([
    ["a sigmoid", call("sigmoid", x), [0, 1]],
    [
      "a sigmoid written out",
      call("div", one, call("add", one, call("exp", call("neg", x)))),
      [0, 1],
    ],
    ["a square", call("mul", x, x), [0, Infinity]],
    [
      "a rectifier that saturates",
      call("min", call("max", x, literal(0, "f32")), literal(6, "f32")),
      [0, 6],
    ],
    ["a hyperbolic tangent", call("tanh", x), [-1, 1]],
  ] as const)("%s", (_, node, [low, high]) => {
    expect(rangeOfScalar(node, () => anything)).toEqual({ low, high });
  });
});
