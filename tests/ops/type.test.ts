// Every record: its samples have a type, its names and texts are in order, its view pieces and bodies can be built.
import { describe, expect, test } from "vitest";
import { Graph, TypeProblem } from "../../compiler/ir/graph.js";
import type { Op, Problem, Sample } from "../../compiler/ir/op.js";
import { verify } from "../../compiler/ir/verify.js";
import * as build from "../../compiler/ops/build.js";
import * as emit from "../../compiler/ops/index.js";
import { opNamed, ops } from "../../compiler/ops/index.js";
import { freshSym, int, dim, same, symbol, type Dim } from "../../compiler/types/dim.js";
import { showType, type TensorType } from "../../compiler/types/tensor.js";
import { caseOf, inputOf, run, sizesOf } from "../harness/numeric.js";

const typeOf = (dtype: TensorType["dtype"], ...shape: readonly (Dim | number)[]): TensorType => ({
  dtype,
  shape: shape.map((d) => (typeof d === "number" ? int(d) : d)),
});

/** The code of the refusal, or the type that a use of an op has. */
function typing(record: Op, operands: readonly TensorType[], attrs: object): string {
  const answer = record.type(operands, attrs);
  return "problem" in answer ? answer.problem : showType(answer.type);
}

describe("records", () => {
  test("have names of their own, in snake case", () => {
    expect(new Set(ops.map((o) => o.name)).size).toBe(ops.length);
    expect(ops.filter((o) => !/^[a-z][a-z0-9]*(_[a-z]+)*$/.test(o.name))).toEqual([]);
    expect(ops.every((o) => opNamed(o.name) === o)).toBe(true);
  });

  test("say in one sentence what they are", () => {
    expect(
      ops
        .filter((o) => !/^[A-Z\-`].*\.$/.test(o.doc) && !/^[-`\d].*\.$/.test(o.doc))
        .map((o) => o.name),
    ).toEqual([]);
  });

  test("have at least two samples, where they have operands", () => {
    expect(
      ops.filter((o) => o.operands.length > 0 && o.samples.length < 2).map((o) => o.name),
    ).toEqual([]);
  });
});

const samples = ops.flatMap((record) =>
  record.samples.map((sample, i) => ({
    name: `${record.name}, sample ${String(i)}`,
    record,
    sample,
  })),
);

describe("the type rule agrees with the reference", () => {
  test.each(samples)("$name", ({ record, sample }: { record: Op; sample: Sample }) => {
    const c = caseOf(record, sample, 5);
    const [result] = run(c.graph, [c.out], c.tensors);
    expect(result?.shape).toEqual(sizesOf(c.out.type));
    expect(result?.dtype).toBe(c.out.type.dtype);
    expect(result?.data.every((x) => Number.isFinite(x))).toBe(true);
    const outputs = [{ name: "out", role: "result" as const, value: c.out }];
    expect(verify({ graph: c.graph, outputs })).toEqual([]);
  });
});

describe("refusals", () => {
  const cases: readonly [string, Op, readonly TensorType[], object, string][] = [
    ["dtypes that differ", emit.add.op, [typeOf("f32", 2), typeOf("i32", 2)], {}, "dtype-mismatch"],
    [
      "shapes that differ",
      emit.add.op,
      [typeOf("f32", 2, 3), typeOf("f32", 2, 4)],
      {},
      "shape-mismatch",
    ],
    [
      "ranks that differ",
      emit.mul.op,
      [typeOf("f32", 2, 3), typeOf("f32", 3)],
      {},
      "rank-mismatch",
    ],
    ["a float function of integers", emit.exp.op, [typeOf("i32", 3)], {}, "wrong-dtype"],
    [
      "arithmetic of booleans",
      emit.add.op,
      [typeOf("bool", 3), typeOf("bool", 3)],
      {},
      "wrong-dtype",
    ],
    [
      "an axis that is not there",
      emit.sum.op,
      [typeOf("f32", 3)],
      { axes: [1] },
      "axis-out-of-range",
    ],
    ["an axis twice", emit.sum.op, [typeOf("f32", 3, 3)], { axes: [1, 1] }, "axis-out-of-range"],
    [
      "another number of elements",
      emit.reshape.op,
      [typeOf("f32", 6)],
      { shape: [int(4)] },
      "numel-mismatch",
    ],
    [
      "no permutation",
      emit.transpose.op,
      [typeOf("f32", 2, 3)],
      { perm: [0, 0] },
      "axis-out-of-range",
    ],
    [
      "a slice beyond the end",
      emit.slice.op,
      [typeOf("f32", 5)],
      { starts: [int(3)], steps: [1], shape: [int(3)] },
      "slice-out-of-range",
    ],
    [
      "inner sizes that differ",
      emit.contract.op,
      [typeOf("f32", 2, 3), typeOf("f32", 4, 5)],
      { left: "mk", right: "kn", out: "mn" },
      "inner-dim-mismatch",
    ],
    [
      "batch sizes that differ",
      emit.contract.op,
      [typeOf("f32", 2, 3), typeOf("f32", 4, 3)],
      { left: "bk", right: "bk", out: "b" },
      "batch-dim-mismatch",
    ],
    [
      "a label that only one operand has",
      emit.contract.op,
      [typeOf("f32", 2, 3), typeOf("f32", 3)],
      { left: "mk", right: "k", out: "" },
      "axis-only-once",
    ],
    [
      "negative padding",
      emit.pad.op,
      [typeOf("f32", 5)],
      { low: [int(-1)], high: [int(0)], interior: [0], value: 0 },
      "negative-padding",
    ],
    [
      "negative padding behind a longer one in front",
      emit.pad.op,
      [typeOf("f32", 5, 2)],
      { low: [int(0), int(3)], high: [int(0), int(-1)], interior: [0, 0], value: 0 },
      "negative-padding",
    ],
    ["float ids", emit.gather.op, [typeOf("f32", 5), typeOf("f32", 2)], {}, "wrong-dtype"],
    [
      "concat along other sizes",
      emit.concat.op,
      [typeOf("f32", 2, 3), typeOf("f32", 3, 2)],
      { axis: 1 },
      "shape-mismatch",
    ],
  ];
  test.each(cases)("%s", (_, record, operands, attrs, code) => {
    expect(typing(record, operands, attrs)).toBe(code);
  });

  test("paddings that are not numbers must be 0 at least, before and after each axis", () => {
    const [low, high] = [dim("L"), dim("H")];
    const attrs = { low: [low], high: [high], interior: [0], value: 0 };
    const answer = emit.pad.op.type([typeOf("f32", 5)], attrs);
    const asked = "requires" in answer ? answer.requires : [];
    expect(asked.map(({ code }) => code)).toEqual(["negative-padding", "negative-padding"]);
    expect(asked.map(({ left, relation, right }) => [left.key, relation, right.key])).toEqual(
      [low, high].map((side) => ["0", "<=", side.key]),
    );
  });

  test("sizes that are not numbers become requirements", () => {
    const [b, c] = [dim("B"), dim("C")];
    const answer = emit.add.op.type([typeOf("f32", b, 3), typeOf("f32", c, 3)], {});
    expect(answer).toMatchObject({
      requires: [
        {
          code: "shape-mismatch",
          relation: "==",
          at: [
            { operand: 0, axis: 0 },
            { operand: 1, axis: 0 },
          ],
        },
      ],
    });
  });
});

describe("broadcasting", () => {
  const [b, t, d] = [dim("B"), dim("T"), dim("D")];
  const pack = symbol(freshSym("...", "pack"));
  const align = (x: readonly Dim[], y: readonly Dim[]) => build.alignShapes(x, y);
  const shapeOf = (x: readonly Dim[], y: readonly Dim[]) => {
    const answer = align(x, y);
    return "problem" in answer ? answer.problem : answer.shape.map((s) => s.key);
  };
  const keys = (...shape: readonly Dim[]) => shape.map((s) => s.key);

  test("adds missing axes and stretches the literal 1", () => {
    expect(shapeOf([b, t, d], [d])).toEqual(keys(b, t, d));
    expect(shapeOf([d], [b, d])).toEqual(keys(b, d));
    expect(shapeOf([b, int(1)], [b, d])).toEqual(keys(b, d));
    expect(shapeOf([b, t, d], [int(1), d])).toEqual(keys(b, t, d));
    expect(shapeOf([], [b])).toEqual(keys(b));
    expect(shapeOf([pack, d], [d])).toEqual(keys(pack, d));
  });

  test("only the shorter operand stretches when ranks differ", () => {
    expect(shapeOf([b, int(1)], [b])).toBe("rank-stretch");
    expect(shapeOf([b], [b, int(1)])).toBe("rank-stretch");
  });

  test("a pack never meets a 1", () => {
    expect(shapeOf([pack, d], [int(1), d])).toBe("pack-stretch");
  });

  test("different sizes never broadcast", () => {
    expect(shapeOf([int(2)], [int(3)])).toBe("shape-mismatch");
    const answer = align([b], [d]);
    expect((answer as Partial<Problem>).problem).toBeUndefined();
    expect("requires" in answer && answer.requires.length).toBe(1);
  });
});

describe("matrix products", () => {
  const product = (a: TensorType, b: TensorType): string => {
    const graph = new Graph();
    try {
      return showType(build.matmul(inputOf(graph, "a", a), inputOf(graph, "b", b)).type);
    } catch (error) {
      if (error instanceof TypeProblem) return error.problem.problem;
      throw error;
    }
  };
  test("follow NumPy in rank", () => {
    expect(product(typeOf("f32", 2, 3), typeOf("f32", 3, 4))).toBe("f32[2, 4]");
    expect(product(typeOf("f32", 3), typeOf("f32", 3))).toBe("f32[]");
    expect(product(typeOf("f32", 3), typeOf("f32", 3, 4))).toBe("f32[4]");
    expect(product(typeOf("f32", 5, 2, 3), typeOf("f32", 3))).toBe("f32[5, 2]");
    expect(product(typeOf("f32", 5, 2, 3), typeOf("f32", 3, 4))).toBe("f32[5, 2, 4]");
    expect(product(typeOf("f32", 1, 2, 3), typeOf("f32", 1, 3, 4))).toBe("f32[1, 2, 4]");
    expect(product(typeOf("f32", 5, 1, 2, 3), typeOf("f32", 1, 7, 3, 4))).toBe("f32[5, 7, 2, 4]");
  });
  test("refuse what does not fit", () => {
    expect(product(typeOf("f32", 2, 3), typeOf("f32", 4, 4))).toBe("inner-dim-mismatch");
    expect(product(typeOf("f32", 5, 2, 3), typeOf("f32", 7, 3, 4))).toBe("batch-dim-mismatch");
    expect(product(typeOf("f32", 5, 1, 2, 3), typeOf("f32", 7, 3, 4))).toBe("rank-stretch");
    expect(product(typeOf("f32"), typeOf("f32", 3))).toBe("rank-mismatch");
  });
});

test("a reshape that splits one axis leaves the index of the others alone", () => {
  const [b, t] = [dim("B"), dim("T")];
  const { lower } = emit.reshape.op;
  if (lower.kind !== "view") throw new Error("a reshape is a view");
  const shape = [b, t, int(4), int(8)];
  const out = shape.map((size, i) => symbol(freshSym(`i${String(i)}`, "index", undefined, size)));
  const operands = [typeOf("f32", b, t, 32)];
  const context = { operands, result: { dtype: "f32" as const, shape }, lookup: () => int(0) };
  const [piece] = lower.pieces(out, context, { shape });
  const [i, j] = piece?.index ?? [];
  expect(i && out[0] && same(i, out[0])).toBe(true);
  expect(j && out[1] && same(j, out[1])).toBe(true);
});
