// Scalar expressions keep their value when they get shorter; the inline text means what the table means.
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  call,
  convert,
  dimExpr,
  literal,
  variable,
  type ScalarExpr,
} from "../../compiler/scalar/expr.js";
import { intrinsic, intrinsics, type IntrinsicName } from "../../compiler/scalar/intrinsics.js";
import { simplifyScalar } from "../../compiler/scalar/simplify.js";
import { int } from "../../compiler/types/dim.js";
import type { Dtype } from "../../compiler/types/dtype.js";

const x = variable("x", "f32");
const yes = literal(1, "bool");

test("neutral elements, known conditions and constants go", () => {
  const cases: readonly [ScalarExpr, ScalarExpr][] = [
    [call("add", x, literal(0, "f32")), x],
    [call("mul", literal(1, "f32"), x), x],
    [call("sub", x, literal(0, "f32")), x],
    [call("select", yes, x, literal(3, "f32")), x],
    [call("and", variable("c", "bool"), yes), variable("c", "bool")],
    [call("or", variable("c", "bool"), yes), yes],
    [call("mul", literal(3, "f32"), literal(2, "f32")), literal(6, "f32")],
    [convert(dimExpr(int(7)), "f32"), literal(7, "f32")],
    [
      call("div", literal(1, "f32"), literal(0, "f32")),
      call("div", literal(1, "f32"), literal(0, "f32")),
    ],
  ];
  for (const [from, to] of cases) expect(simplifyScalar(from)).toEqual(to);
});

const floats: IntrinsicName[] = ["add", "sub", "mul", "min", "max"];

/** Random float expressions over one variable. */
const expressions: fc.Arbitrary<ScalarExpr> = fc.letrec<{ tree: ScalarExpr }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", maxDepth: 6 },
    fc.constant<ScalarExpr>(x),
    fc.integer({ min: -2, max: 2 }).map((n): ScalarExpr => literal(n, "f32")),
    fc
      .tuple(fc.constantFrom(...floats), tie("tree"), tie("tree"))
      .map(([fn, a, b]): ScalarExpr => call(fn, a, b)),
    fc
      .tuple(tie("tree"), tie("tree"), tie("tree"))
      .map(([a, b, c]): ScalarExpr => call("select", call("lt", a, b), b, c)),
  ),
})).tree;

function evaluate(node: ScalarExpr, value: number): number {
  if (node.kind === "literal") return node.value;
  if (node.kind !== "call") return value;
  const last = node.args[node.args.length - 1];
  const dtype = last?.dtype ?? "f32";
  return intrinsic(node.fn).js(
    node.args.map((a) => evaluate(a, value)),
    dtype,
    dtype,
  );
}

test("random expressions keep their value", () => {
  fc.assert(
    fc.property(expressions, fc.integer({ min: -8, max: 8 }), (tree, n) => {
      // Adding 0 takes the sign from a zero, which no law of ours promises to keep.
      expect(evaluate(simplifyScalar(tree), n) + 0).toBe(evaluate(tree, n) + 0);
    }),
    { seed: 20_26, numRuns: 500 },
  );
});

test("a constant on either side of every function of two floats keeps its meaning", () => {
  const functions: IntrinsicName[] = [...floats, "div", "pow"];
  for (const fn of functions)
    for (const n of [-1, 0, 1, 2])
      for (const at of [-2, -1, 0.5, 1, 3]) {
        const c = literal(n, "f32");
        for (const tree of [call(fn, x, c), call(fn, c, x)]) {
          const found = evaluate(simplifyScalar(tree), at) + 0;
          expect(found, `${fn} with ${String(n)} at ${String(at)}`).toBe(evaluate(tree, at) + 0);
        }
      }
});

test("the inline text of every row computes what the row does", () => {
  const numbers = [-2.5, -1, 0, 0.5, 1, 3];
  const dtypes: readonly Dtype[] = ["f32", "i32", "u32", "bool"];
  for (const name of Object.keys(intrinsics) as IntrinsicName[]) {
    const row = intrinsic(name);
    for (const dtype of dtypes) {
      const names = ["a", "b", "c"].slice(0, row.arity);
      const text = row.inline?.(names, dtype, dtype);
      if (text === undefined) continue;
      // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the text is what is tested
      const inline = new Function("a", "b", "c", `return ${text};`) as (
        a: number,
        b: number,
        c: number,
      ) => number;
      for (const a of numbers) {
        for (const b of numbers) {
          const args = [a, b, 4].slice(0, row.arity);
          if (dtype !== "f32" && args.some((v) => !Number.isInteger(v) || v < 0)) continue;
          expect(inline(a, b, 4), `${name}(${args.join(", ")})`).toBe(row.js(args, dtype, dtype));
        }
      }
    }
  }
});
