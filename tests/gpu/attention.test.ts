// Attention without stored scores against the reference: each schedule at awkward sizes, with masks, biases and shared heads.
import { expect, test } from "vitest";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { pullback } from "../../compiler/autodiff/pullback.js";
import type { AttendSchedule } from "../../compiler/codegen/attend.js";
import { Graph } from "../../compiler/ir/graph.js";
import type { Value } from "../../compiler/ir/op.js";
import type { Program } from "../../compiler/ir/program.js";
import { broadcastTo } from "../../compiler/ops/build.js";
import * as ops from "../../compiler/ops/index.js";
import { optimize } from "../../compiler/passes/index.js";
import type { Tensor } from "../../compiler/reference/tensor.js";
import { int } from "../../compiler/types/dim.js";
import { tensor } from "../../compiler/types/tensor.js";
import { load } from "../../runtime/index.js";
import { describeGpu, sharedDevice } from "../harness/gpu.js";
import { entryOf, expectSame, modelOf, programOf } from "../harness/kernels.js";
import { inputOf, randomFrom, randomTensor } from "../harness/numeric.js";
import { backward } from "../harness/tolerance.js";

interface Case {
  readonly program: Program;
  readonly tensors: Map<string, Tensor>;
}

/** Query heads `h` and heads of keys `g`; queries, keys, channels of both and of values; what is allowed. */
interface Sizes {
  readonly h: number;
  readonly g: number;
  readonly t: number;
  readonly s: number;
  readonly k: number;
  readonly v: number;
  readonly causal?: boolean;
  /** A bias of each head, and a mask of booleans in memory with empty rows. */
  readonly slots?: boolean;
  /** Places that a query sees to its left, said by counting. */
  readonly window?: number;
  /** Whether the gradient is wanted, and its gradient too. */
  readonly order?: 0 | 1 | 2;
}

function caseOf({
  h,
  g,
  t,
  s,
  k,
  v,
  causal = false,
  slots = false,
  window,
  order = 1,
}: Sizes): Case {
  const graph = new Graph();
  const tensors = new Map<string, Tensor>();
  const random = randomFrom(h * 1e6 + t * 1e4 + s * 100 + k);
  const input = (name: string, ...shape: number[]): Value => {
    const type = tensor("f32", shape.map(int));
    tensors.set(name, randomTensor(type, random, [-1, 1]));
    return inputOf(graph, name, type);
  };
  const q = input("q", 2, h, t, k);
  // Heads of keys that several heads of queries share are read through a view.
  const shared = (x: Value, width: number): Value => {
    const shape = [2, g, h / g, s, width].map(int);
    const wide = ops.broadcast(x, { shape, axes: [0, 1, 3, 4] });
    return ops.reshape(wide, { shape: [2, h, s, width].map(int) });
  };
  const [keys, values] = [input("k", 2, g, s, k), input("v", 2, g, s, v)];
  const scores = [2, h, t, s].map(int);
  const operands = [q, shared(keys, k), shared(values, v)];
  const learned: Value[] = [q, keys, values];
  if (slots) {
    const bias = input("bias", h, t, s);
    learned.push(bias);
    operands.push(broadcastTo(bias, scores));
    const mask = inputOf(graph, "mask", tensor("bool", [2, 1, t, s].map(int)));
    const data = Float64Array.from({ length: 2 * t * s }, (_, i) =>
      Number(Math.floor(i / s) % 3 !== 1 && random() < 0.7),
    );
    tensors.set("mask", { dtype: "bool", shape: [2, 1, t, s], data });
    operands.push(broadcastTo(mask, scores));
  } else if (window !== undefined) {
    const [row, column] = [2, 3].map((axis) => ops.iotaOf(graph, scores, axis, "i32"));
    if (row && column) operands.push(ops.lt(row, ops.add(column, ops.fillLike(column, window))));
  }
  const isMasked = slots || window !== undefined;
  const out = ops.attention(...operands, { causal, bias: slots, mask: isMasked });
  const results = [out];
  if (order > 0) {
    const first = pulled(out, input("cotangent", 2, h, t, v), learned);
    results.push(...first);
    const [ofQueries] = first;
    if (order > 1 && ofQueries)
      results.push(...pulled(ofQueries, input("second", 2, h, t, k), learned));
  }
  return { program: optimize(programOf(graph, results)), tensors };
}

const pulled = (out: Value, seed: Value, wrt: readonly Value[]): Value[] =>
  pullback(out, seed, wrt).flatMap((g) => g ?? []);

const cases: Readonly<Record<string, Sizes>> = {
  "one query, one key": { h: 1, g: 1, t: 1, s: 1, k: 1, v: 1 },
  "two queries over 31 keys of an odd width": { h: 1, g: 1, t: 2, s: 31, k: 5, v: 3 },
  "32 over 32, causal": { h: 2, g: 2, t: 32, s: 32, k: 8, v: 8, causal: true },
  "33 over 65, causal": { h: 1, g: 1, t: 33, s: 65, k: 4, v: 12, causal: true },
  "65 over 33, causal": { h: 1, g: 1, t: 65, s: 33, k: 12, v: 4, causal: true },
  "64 over 64, shared heads": { h: 4, g: 2, t: 64, s: 64, k: 8, v: 8, causal: true },
  "31 over 64, a bias and a mask with empty rows": {
    h: 2,
    g: 1,
    t: 31,
    s: 64,
    k: 7,
    v: 8,
    slots: true,
  },
  "33 over 33, a window": { h: 1, g: 1, t: 33, s: 33, k: 8, v: 8, causal: true, window: 5 },
  "5 over 7, second order": { h: 2, g: 1, t: 5, s: 7, k: 3, v: 4, causal: true, order: 2 },
};

const direct = { kind: "direct" } as const;
const registers = "registers" as const;
const array = "array" as const;
const schedules: Readonly<Record<string, AttendSchedule>> = {
  "rows of a lane": { rows: 1, lanes: 8, stream: direct, keeping: array, parts: 1 },
  "several rows of a lane": { rows: 3, lanes: 4, stream: direct, keeping: registers, parts: 1 },
  "tiles in workgroup memory": {
    rows: 1,
    lanes: 64,
    stream: { kind: "shared", tile: 32 },
    keeping: registers,
    parts: 1,
  },
  "small tiles": {
    rows: 2,
    lanes: 16,
    stream: { kind: "shared", tile: 4 },
    keeping: registers,
    parts: 1,
  },
};

describeGpu("attention", () => {
  const run = async (choose: (value: Value) => AttendSchedule | undefined, of = cases) => {
    const device = await sharedDevice();
    const made = Object.entries(of).map(([name, sizes]) => [name, caseOf(sizes)] as const);
    const entries = made.map(([name, { program }]) => entryOf(name, program));
    const options = { target: device.target, attend: choose };
    const session = await load(buildArtifact(modelOf(entries), options), { device });
    for (const [name, { program, tensors }] of made)
      await expectSame(session, name, program, tensors, backward);
    session.dispose();
  };

  test.each(Object.entries(schedules))("%s", { timeout: 600_000 }, async (_, schedule) => {
    await run(() => schedule);
  });

  test("rows that a subgroup hands round", { timeout: 600_000 }, async () => {
    const { subgroups } = (await sharedDevice()).target;
    expect(subgroups?.least).toBe(subgroups?.most);
    const lanes = subgroups?.least ?? 0;
    await run(() => ({ rows: 2, lanes, stream: { kind: "handed" }, keeping: array, parts: 1 }));
  });

  test("keys of a query in parts", { timeout: 600_000 }, async () => {
    const forward = Object.entries(cases).map(([n, c]) => [n, { ...c, order: 0 as const }]);
    const schedule = { rows: 1, lanes: 16, stream: direct, keeping: registers, parts: 5 };
    await run(() => schedule, Object.fromEntries(forward) as typeof cases);
  });
});
