// Passes keep what programs compute, and every result of one verifies.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gradient } from "../../compiler/autodiff/gradient.js";
import { Graph } from "../../compiler/ir/graph.js";
import { print } from "../../compiler/ir/print.js";
import type { Program } from "../../compiler/ir/program.js";
import type { Value } from "../../compiler/ir/op.js";
import { verify } from "../../compiler/ir/verify.js";
import * as ops from "../../compiler/ops/index.js";
import { optimize, passes } from "../../compiler/passes/index.js";
import { dim, int } from "../../compiler/types/dim.js";
import { programOf, recipes } from "../harness/graphs.js";
import { inputOf, isClose } from "../harness/numeric.js";

/** Random graphs for each pass that is left out; `ADJOINT_GRAPHS=10` takes ten times as many. */
const passCount = 20 * Number(process.env["ADJOINT_GRAPHS"] ?? 1);

const options = { seed: 20_26, numRuns: 60 };

test("every pass keeps the results of random graphs and their gradients", () => {
  fc.assert(
    fc.property(recipes, (recipe) => {
      const p = programOf(recipe);
      const names = ["x0", "x1", "x2", "x3"];
      const program = gradient(p.program, "loss", names);
      const before = p.evaluate(program);
      expect(verify(program)).toEqual([]);
      optimize(program, (pass, result) => {
        expect(verify(result), pass.name).toEqual([]);
        expect(result.outputs.map((o) => o.name)).toEqual(program.outputs.map((o) => o.name));
        const after = p.evaluate(result);
        for (const [i, tensor] of after.entries()) {
          const old = before[i];
          expect(tensor.shape).toEqual(old?.shape);
          const isSame = tensor.data.every((x, j) =>
            isClose(x, old?.data[j] ?? Number.NaN, 1e-9, 1e-12),
          );
          expect(isSame, `${pass.name}, output ${String(i)}`).toBe(true);
        }
      });
    }),
    options,
  );
});

test.each(passes)(
  "without the pass $name random graphs and their gradients have the same results",
  (left) => {
    const others = passes.filter((pass) => pass !== left);
    let changed = 0;
    fc.assert(
      fc.property(recipes, (recipe) => {
        const p = programOf(recipe);
        const program = gradient(p.program, "loss", ["x0", "x1", "x2", "x3"]);
        const before = p.evaluate(program);
        const result = optimize(program, undefined, others);
        expect(verify(result)).toEqual([]);
        if (print(left.run(result)) !== print(result)) changed++;
        for (const [i, { shape, data }] of p.evaluate(result).entries()) {
          expect(shape).toEqual(before[i]?.shape);
          const old = before[i]?.data ?? [];
          const isSame = data.every((x, j) => isClose(x, old[j] ?? Number.NaN, 1e-9, 1e-12));
          expect(isSame, `output ${String(i)}`).toBe(true);
        }
      }),
      { seed: 20_27, numRuns: passCount },
    );
    // What is left out is missing: nobody else does the work of these two.
    if (left.name === "fold" || left.name === "cse") expect(changed).toBeGreaterThan(passCount / 4);
  },
);

test("the passes are idempotent in size", () => {
  fc.assert(
    fc.property(recipes, (recipe) => {
      const once = optimize(programOf(recipe).program);
      expect(print(optimize(once))).toBe(print(once));
    }),
    options,
  );
});

describe("identities", () => {
  const b = dim("B");
  const type = { dtype: "f32" as const, shape: [b, int(3)] };
  /** The optimized text of what a function makes of an input. */
  const optimized = (f: (x: Value) => Value): string => {
    const graph = new Graph();
    const program: Program = {
      graph,
      outputs: [{ name: "out", role: "result", value: f(inputOf(graph, "x", type)) }],
    };
    return print(optimize(program));
  };
  const unchanged = "a = input x: f32[B, 3]\nresult out = a\n";
  const cases: readonly [string, (x: Value) => Value][] = [
    ["x + 0", (x) => ops.add(x, ops.fillLike(x, 0))],
    ["0 + x", (x) => ops.add(ops.fillLike(x, 0), x)],
    ["x * 1", (x) => ops.mul(x, ops.fillLike(x, 1))],
    ["x / 1", (x) => ops.div(x, ops.fillLike(x, 1))],
    ["-(-x)", (x) => ops.neg(ops.neg(x))],
    ["x.T.T", (x) => ops.transpose(ops.transpose(x, { perm: [1, 0] }), { perm: [1, 0] })],
    [
      "there and back by reshape",
      (x) => ops.reshape(ops.reshape(x, { shape: [int(3), b] }), { shape: [b, int(3)] }),
    ],
    ["a cast to its own dtype", (x) => ops.cast(x, { dtype: "f32" })],
    [
      "a condition that always holds",
      (x) => ops.select(ops.fill(x.graph, 1, "bool", x.type.shape), x, ops.neg(x)),
    ],
    [
      "no padding",
      (x) =>
        ops.pad(x, { low: [int(0), int(0)], high: [int(0), int(0)], interior: [0, 0], value: 0 }),
    ],
  ];
  test.each(cases)("%s is x", (_, f) => {
    expect(optimized(f)).toBe(unchanged);
  });

  test("a sum of copies is a multiple", () => {
    const text = optimized((x) =>
      ops.sum(ops.broadcast(x, { shape: [int(5), b, int(3)], axes: [1, 2] }), { axes: [0] }),
    );
    expect(text).toBe(
      [
        "a = input x: f32[B, 3]",
        'b = constant(dtype = "f32", value = 5): f32[]',
        "c = broadcast(b, axes = [], shape = [B, 3]): f32[B, 3]",
        "d = mul(a, c): f32[B, 3]",
        "result out = d",
        "",
      ].join("\n"),
    );
  });

  test("a product of transposes takes its operands as they are", () => {
    const text = optimized((x) =>
      ops.contract(ops.transpose(x, { perm: [1, 0] }), x, { left: "kb", right: "bn", out: "kn" }),
    );
    expect(text).toContain('contract(a, a, left = "bk", out = "kn", right = "bn")');
  });

  test("the first rows of a product are not the product in another order", () => {
    const text = optimized((x) =>
      ops.slice(ops.contract(x, x, { left: "bn", right: "cn", out: "bc" }), {
        starts: [int(0), int(0)],
        steps: [1, 1],
        shape: [b, int(1)],
      }),
    );
    expect(text).toContain("slice(");
    expect(text).toMatch(/f32\[B, 1\]\nresult out/);
  });

  test("what is computed twice is computed once", () => {
    const text = optimized((x) => ops.mul(ops.tanh(x), ops.tanh(x)));
    expect(text.match(/tanh/g)?.length).toBe(1);
  });
});

test("five thousand values pass in one go", () => {
  const graph = new Graph();
  let x = inputOf(graph, "x", { dtype: "f32", shape: [int(4)] });
  for (let i = 0; i < 2500; i++) x = ops.tanh(ops.add(x, ops.fillLike(x, i % 7)));
  const result = optimize({ graph, outputs: [{ name: "out", role: "result", value: x }] });
  expect(passes.length).toBeGreaterThan(3);
  expect(verify(result)).toEqual([]);
});
