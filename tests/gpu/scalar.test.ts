// Scalar functions on a device against double precision, over dense samples of f32 with the special places.
import { expect, test } from "vitest";
import { Graph } from "../../compiler/ir/graph.js";
import type { Value } from "../../compiler/ir/op.js";
import * as ops from "../../compiler/ops/index.js";
import { normal, uniform } from "../../compiler/ops/build.js";
import { evaluateAll } from "../../compiler/reference/evaluate.js";
import { tensorOf, type Tensor } from "../../compiler/reference/tensor.js";
import { int } from "../../compiler/types/dim.js";
import { describeGpu, sharedDevice } from "../harness/gpu.js";
import { inputsOf, programOf, sessionOf } from "../harness/kernels.js";
import { inputOf } from "../harness/numeric.js";
import { expectClose } from "../harness/tolerance.js";

const SIZE = 65_536;

/** A function, the range of its operand, and how far a result may be off: absolutely, or relative to itself. */
interface Row {
  readonly name: string;
  readonly emit: (x: Value) => Value;
  readonly between: readonly [low: number, high: number];
  readonly absolute: number;
  readonly relative: number;
}

const row = (
  emit: (x: Value) => Value,
  name: string,
  between: Row["between"],
  absolute: number,
  relative: number,
): Row => ({
  name: `${name} on [${between.join(", ")}]`,
  emit,
  between,
  absolute,
  relative,
});

const shared =
  (f: (x: Value, y: Value) => Value, y: number) =>
  (x: Value): Value =>
    f(x, ops.fillLike(x, y));

const rows: readonly Row[] = [
  row(ops.tanh, "tanh", [-9, 9], 1e-6, 1e-5),
  row(ops.tanh, "tanh", [-1e-3, 1e-3], 1e-12, 1e-5),
  row(ops.tanh, "tanh", [-1e38, 1e38], 1e-6, 0),
  row(ops.sigmoid, "sigmoid", [-20, 20], 1e-6, 1e-4),
  row(ops.sigmoid, "sigmoid", [-1e38, 1e38], 1e-6, 0),
  row(ops.erf, "erf", [-4, 4], 1e-6, 1e-5),
  row(ops.erf, "erf", [-1e-3, 1e-3], 1e-12, 1e-5),
  row(ops.erf, "erf", [-1e38, 1e38], 1e-6, 0),
  row(ops.sin, "sin", [-Math.PI, Math.PI], 1e-6, 0),
  row(ops.cos, "cos", [-Math.PI, Math.PI], 1e-6, 0),
  row(ops.sin, "sin", [-1000, 1000], 2e-6, 0),
  row(ops.cos, "cos", [-1000, 1000], 2e-6, 0),
  row(ops.exp, "exp", [-80, 80], 1e-35, 1e-5),
  row(ops.exp, "exp", [-1, 1], 0, 1e-6),
  row(ops.log, "log", [1e-3, 1e3], 1e-6, 1e-5),
  row(ops.sqrt, "sqrt", [0, 1e6], 0, 1e-6),
  row(ops.rsqrt, "rsqrt", [1e-6, 1e6], 0, 1e-6),
  row(shared(ops.pow, 1.7), "x ** 1.7", [0.01, 50], 1e-6, 2e-5),
  row(shared(ops.pow, 3), "x ** 3", [-5, 5], 1e-5, 2e-5),
  row(shared(ops.pow, 2), "x ** 2", [-5, 5], 1e-5, 2e-5),
  row(shared(ops.pow, 0), "x ** 0", [-5, 5], 0, 0),
  row(shared(ops.rem, 0.75), "x % 0.75", [-5, 5], 2e-6, 0),
  row(ops.round, "round", [-5, 5], 0, 0),
  row(ops.expm1, "expm1", [-80, 80], 1e-6, 1e-5),
  row(ops.expm1, "expm1", [-1, 1], 1e-12, 2e-6),
  row(ops.log1p, "log1p", [-0.999, 1e3], 1e-6, 1e-5),
  row(ops.log1p, "log1p", [-1e-3, 1e-3], 1e-12, 2e-6),
  row(ops.atan, "atan", [-9, 9], 1e-12, 1e-5),
  row(ops.atan, "atan", [-1e38, 1e38], 1e-6, 1e-6),
  row(ops.asin, "asin", [-1, 1], 1e-12, 1e-5),
];

/** Evenly spaced numbers of f32, with 0 and the ends among them. */
function samplesOf([low, high]: readonly [number, number]): Tensor {
  const numbers = Array.from({ length: SIZE }, (_, i) =>
    Math.fround(low + ((high - low) * i) / (SIZE - 1)),
  );
  if (low < 0) numbers[1] = 0;
  return tensorOf("f32", [SIZE], numbers);
}

describeGpu("scalar functions", () => {
  test("are near double precision everywhere", async () => {
    const device = await sharedDevice();
    const cases = rows.map((r) => {
      const graph = new Graph();
      const x = inputOf(graph, "x", { dtype: "f32", shape: [int(SIZE)] });
      return { ...r, program: programOf(graph, [r.emit(x)]), x: samplesOf(r.between) };
    });
    const session = await sessionOf(device, new Map(cases.map((c) => [c.name, c.program])));
    const wrong: string[] = [];
    for (const { name, program, x, absolute, relative } of cases) {
      const [want] = evaluateAll(program, { dims: new Map(), leaves: () => x });
      const { out0: have } = await session.run(name, { x: { data: x.data, shape: [SIZE] } });
      let worst = { excess: 0, text: "" };
      want?.data.forEach((e, i) => {
        const a = have?.data[i] ?? Number.NaN;
        const error = Math.abs(a - e);
        const excess = error / (absolute + relative * Math.abs(e) + 1e-45);
        if (!(excess <= worst.excess)) {
          worst = {
            excess: Number.isNaN(excess) ? Infinity : excess,
            text: `f(${String(x.data[i])}) is ${String(a)}, not ${String(e)}`,
          };
        }
      });
      if (worst.excess > 1) wrong.push(`${name}: ${worst.text}`);
    }
    expect(wrong).toEqual([]);
  });

  test("random numbers are the same as on the reference", async () => {
    const device = await sharedDevice();
    const graph = new Graph();
    const seed = inputOf(graph, "seed", { dtype: "u32", shape: [] });
    const step = inputOf(graph, "step", { dtype: "i32", shape: [] });
    const shape = [int(64), int(129)];
    const program = programOf(graph, [
      uniform(seed, step, { shape, stream: 3 }),
      normal(seed, step, { shape, stream: 4 }),
    ]);
    const tensors = new Map([
      ["seed", tensorOf("u32", [], [4_000_000_007])],
      ["step", tensorOf("i32", [], [17])],
    ]);
    const leaves = ({ name }: { readonly name: string }): Tensor =>
      tensors.get(name) ?? tensorOf("u32", [], [0]);
    const [flat, bell] = evaluateAll(program, { dims: new Map(), leaves });
    const session = await sessionOf(device, new Map([["draw", program]]));
    const { out0, out1 } = await session.run("draw", inputsOf(tensors));
    expect(Array.from(out0?.data ?? [])).toEqual(Array.from(flat?.data ?? []));
    expectClose(out1?.data ?? [], bell?.data ?? [], { relative: 1e-5, absolute: 1e-6 }, "normal");
  });
});
