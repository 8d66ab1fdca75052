// What specs of tfjs ask for becomes programs: derivatives as nested lambdas, pullbacks of a spec as functions of their own.
import { expect, it } from "vitest";
import { computed, dl, expression, nextNumber, type Expression } from "./expressions.js";
import { judge, type Outcome } from "./judge.js";
import { print } from "./printer.js";
import { referenceRun } from "./runner.js";

const leaf = (...values: number[]): Expression =>
  expression("f32", [values.length], { kind: "leaf", elements: Float32Array.from(values) });
const times = (a: Expression, b: Expression): Expression =>
  computed("f32", a.shape, dl`${a} * ${b}`);

/** The gradient of the sum of what `f` gives, at `x`. */
function slope(x: Expression, f: (x: Expression) => Expression): Expression {
  const cotangent = computed("f32", x.shape, dl`ones([${x.shape.join(", ")}])`);
  const since = nextNumber();
  const pullback = { output: f(x), wrt: [x], cotangent, since };
  const of = expression("f32", [], { kind: "pullback", pullback });
  return expression("f32", x.shape, { kind: "member", of, index: 0 });
}

const run = (e: Expression): number[] => [...referenceRun(print(e, () => undefined))];

it("nests derivatives", () => {
  const cube = (x: Expression): Expression => times(times(x, x), x);
  expect(run(slope(leaf(2, -3), (x) => slope(x, cube)))).toEqual([12, -18]);
});

it("takes what was recorded before a function for a constant of it", () => {
  const x = leaf(5);
  const square = times(x, x);
  expect(run(slope(x, (y) => times(y, square)))).toEqual([25]);
});

it("gives a function the pullback that a spec wrote", () => {
  const factor = leaf(7);
  const gradient = slope(leaf(3), (x) => {
    const since = nextNumber();
    const output = times(x, x);
    const cotangent = expression("f32", [1], { kind: "leaf", elements: new Float32Array(1) });
    const pullbacks = [times(cotangent, factor)];
    const custom = { inputs: [x], output, cotangent, pullbacks, since };
    return expression("f32", [1], { kind: "custom", custom });
  });
  expect(run(gradient)).toEqual([7]);
});

const quiet: Outcome = {
  file: "ops/none_test.js",
  name: "none",
  status: "passed",
  messages: [],
  programs: 0,
  refusals: 0,
  deviceRuns: 0,
  nonFinite: false,
  outside: [],
};

it("counts a spec as passed only if it reached the language", () => {
  expect(judge(quiet).kind).toBe("not applicable");
  expect(judge({ ...quiet, programs: 1 }).kind).toBe("passed");
  expect(judge({ ...quiet, refusals: 1 }).kind).toBe("passed");
});

it("fails a spec that fails without a reason that is known", () => {
  const failed = { ...quiet, status: "failed", programs: 1, messages: ["Arrays differ"] };
  expect(judge(failed)).toEqual({ kind: "failed", reason: "Arrays differ" });
});
