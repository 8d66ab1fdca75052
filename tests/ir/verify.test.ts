// The verifier finds what is wrong with a graph; printing names values in order.
import { expect, test } from "vitest";
import { Graph, TypeProblem } from "../../compiler/ir/graph.js";
import type { Value } from "../../compiler/ir/op.js";
import type { Program } from "../../compiler/ir/program.js";
import { print } from "../../compiler/ir/print.js";
import { verify } from "../../compiler/ir/verify.js";
import { InternalError } from "../../compiler/ir/internal-error.js";
import * as ops from "../../compiler/ops/index.js";
import { evaluate } from "../../compiler/reference/evaluate.js";
import { tensorOf } from "../../compiler/reference/tensor.js";
import { dim, int, symOf } from "../../compiler/types/dim.js";
import { inputOf } from "../harness/numeric.js";

const b = dim("B");
const type = { dtype: "f32" as const, shape: [b, int(3)] };

function small(): { readonly graph: Graph; readonly out: Value; readonly program: Program } {
  const graph = new Graph();
  const out = ops.tanh(inputOf(graph, "x", type));
  return { graph, out, program: { graph, outputs: [{ name: "out", role: "result", value: out }] } };
}

test("a sound program has no faults", () => {
  expect(verify(small().program)).toEqual([]);
});

test("values of another graph are found", () => {
  const { program } = small();
  const other = small().out;
  expect(verify({ ...program, outputs: [{ name: "out", role: "result", value: other }] })).toEqual([
    "result out is no value of the graph",
  ]);
});

test("a value whose type is not what the rule gives is found", () => {
  const { graph, out, program } = small();
  graph.values[out.id] = { ...out, type: { dtype: "f32", shape: [b, int(4)] } };
  expect(verify(program)).toContain("tanh at 1 is f32[B, 4] but should be f32[B, 3]");
});

test("two leaves for one name are found", () => {
  const { graph, program } = small();
  inputOf(graph, "x", type);
  expect(verify(program)).toEqual(["there are two leaves for input x"]);
});

test("equations between sizes need a proof", () => {
  const graph = new Graph();
  const sum = ops.add(
    inputOf(graph, "x", type),
    inputOf(graph, "y", { dtype: "f32", shape: [dim("C"), int(3)] }),
  );
  const program: Program = { graph, outputs: [{ name: "out", role: "result", value: sum }] };
  expect(verify(program)).toEqual(["add at 2: shape-mismatch is not proved"]);
  expect(verify(program, () => true)).toEqual([]);
});

test("a refusal carries the op, the operands and the place", () => {
  const graph = new Graph();
  const x = inputOf(graph, "x", { dtype: "f32", shape: [int(2)] });
  const y = inputOf(graph, "y", { dtype: "f32", shape: [int(3)] });
  expect(() => ops.add(x, y)).toThrow(TypeProblem);
  try {
    ops.add(x, y);
  } catch (error) {
    expect(error).toMatchObject({ operands: [x, y], problem: { problem: "shape-mismatch" } });
  }
  expect(graph.values.length).toBe(2);
});

test("graphs print with names in order", () => {
  expect(print(small().program)).toBe(
    ["a = input x: f32[B, 3]", "b = tanh(a): f32[B, 3]", "result out = b", ""].join("\n"),
  );
});

test("the reference says what does not fit", () => {
  const graph = new Graph();
  const c = dim("C");
  const sum = ops.add(
    inputOf(graph, "x", type),
    inputOf(graph, "y", { dtype: "f32", shape: [c, int(3)] }),
  );
  const program: Program = { graph, outputs: [{ name: "out", role: "result", value: sum }] };
  const [bSym, cSym] = [symOf(b), symOf(c)];
  if (!bSym || !cSym) throw new Error("B and C are symbols");
  const run = (y: number) =>
    evaluate(program, {
      dims: new Map([
        [bSym, 2],
        [cSym, y],
      ]),
      leaves: ({ name }) =>
        tensorOf("f32", [2, 3], name === "x" ? [1, 2, 3, 4, 5, 6] : [1, 1, 1, 1, 1, 1]),
    });
  expect(Array.from(run(2).get("out")?.data ?? [])).toEqual([2, 3, 4, 5, 6, 7]);
  expect(() => run(4)).toThrow(InternalError);
  expect(() => run(4)).toThrow("add: shape-mismatch: B == C does not hold, being 2 and 4");
});
