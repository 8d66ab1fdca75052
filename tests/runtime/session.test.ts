// Sessions: sizes that change without recompiling, guards checked before the device, states, memory as planned.
import { beforeAll, describe, expect, test } from "vitest";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { Graph } from "../../compiler/ir/graph.js";
import type { Compiled, Entry } from "../../compiler/ir/program.js";
import {
  add,
  broadcast,
  constantOf,
  contract,
  leafOf,
  mul,
  sum,
  tanh,
} from "../../compiler/ops/index.js";
import { dim, int, symOf, type Sym } from "../../compiler/types/dim.js";
import { openPackage } from "../../cli/host.js";
import { compile } from "../../compiler/index.js";
import { load, type Session } from "../../runtime/index.js";
import { openTestDevice, describeGpu } from "../harness/gpu.js";
import type { Device } from "../../runtime/device.js";
import { portable } from "../../runtime/format.js";

const sym = (d: ReturnType<typeof dim>): Sym => {
  const found = symOf(d);
  if (!found) throw new Error("not a symbol");
  return found;
};

/** `forward(x: f32[B, 4], w) = sum(tanh(x @ w))`, counting its calls in a state; `B <= 9`. */
function model(): Compiled {
  const b = dim("B");
  const graph = new Graph();
  const x = leafOf(graph, { name: "x", role: "input", dtype: "f32", shape: [b, int(4)] });
  const ids = leafOf(graph, { name: "ids", role: "input", dtype: "i32", shape: [b] });
  const w = leafOf(graph, { name: "w", role: "parameter", dtype: "f32", shape: [int(4), int(3)] });
  const calls = leafOf(graph, { name: "calls", role: "state", dtype: "f32", shape: [] });
  const y = tanh(contract(x, w, { left: "bi", right: "io", out: "bo" }));
  const gain = add(calls, constantOf(graph, 1, "f32"));
  const out = mul(y, broadcast(gain, { shape: [b, int(3)], axes: [] }));
  const signature = {
    symbols: [sym(b)],
    inputs: [
      { name: "x", role: "input" as const, dtype: "f32" as const, shape: [b, int(4)] },
      { name: "ids", role: "input" as const, dtype: "i32" as const, shape: [b], below: int(5) },
    ],
    guards: [{ relation: "<=" as const, left: b, right: int(9), text: "B <= 9" }],
  };
  const total = sum(ids, { axes: [0] });
  const forward: Entry = {
    name: "forward",
    signature,
    program: {
      graph,
      outputs: [
        { name: "out", role: "result", value: out },
        { name: "total", role: "result", value: total },
        { name: "calls", role: "state", value: gain },
      ],
    },
  };
  const variables = [
    {
      path: "w",
      role: "parameter" as const,
      dtype: "f32" as const,
      shape: [4, 3],
      isTrainable: true,
    },
    { path: "calls", role: "state" as const, dtype: "f32" as const, shape: [], isTrainable: false },
  ];
  return {
    name: "Counting",
    variables,
    entries: [forward],
    init: [],
    steps: [],
  };
}

const ones = (rows: number) => ({
  x: { data: new Float32Array(rows * 4).fill(0.25), shape: [rows, 4] },
  ids: new Int32Array(rows).fill(2),
});

describeGpu("sessions", () => {
  let device: Device;
  let session: Session;
  beforeAll(async () => {
    device = await openTestDevice();
    session = await load(buildArtifact(model(), { target: portable("software") }), {
      device,
      weights: { w: new Float32Array(12).fill(1) },
    });
  });

  test("sizes may change from call to call, and states move on", async () => {
    for (const [call, rows] of [3, 9, 1, 9].entries()) {
      const { out, total } = await session.run("forward", ones(rows));
      expect(out?.shape).toEqual([rows, 3]);
      expect(total?.data[0]).toBe(2 * rows);
      expect(out?.data[0]).toBeCloseTo(Math.tanh(1) * (call + 1), 4);
    }
    const { calls } = await session.readVariables();
    expect(calls?.data[0]).toBe(4);
  });

  test("the bytes of a call are known before it, and calls leave no buffers behind", async () => {
    await session.run("forward", ones(9));
    const before = device.counts;
    for (let i = 0; i < 20; i++) await session.run("forward", ones(1 + (i % 9)));
    expect(device.counts.liveBuffers).toBe(before.liveBuffers);
    expect(device.counts.liveBytes).toBe(before.liveBytes);
    const peak = session.peakBytes("forward", [9]);
    expect(before.liveBytes).toBeGreaterThanOrEqual(peak);
    session.dispose();
    expect(before.liveBytes - device.counts.liveBytes).toBe(peak);
  });
});

describe("checks before the device is touched", () => {
  const cases: readonly [string, Record<string, unknown>, RegExp][] = [
    ["missing", { x: ones(2).x }, /needs the input `ids: i32\[B\]`/],
    ["unknown", { ...ones(2), z: 1 }, /has no input `z`/],
    ["guard", ones(10), /needs `B <= 9`, but `B` is 10/],
    [
      "bound",
      { ...ones(2), ids: Int32Array.of(0, 5) },
      /holds 5 at element 1; it must be at least 0 and below 5/,
    ],
    ["shape", { ...ones(2), ids: new Int32Array(3) }, /expected \[2\]/],
    [
      "rank",
      { ...ones(2), ids: { data: new Int32Array(2), shape: [2, 1] } },
      /does not fit `i32\[B\]`/,
    ],
    ["dtype", { ...ones(2), ids: Float32Array.of(0.5, 1) }, /holds fractions/],
  ];
  test.each(cases)("%s", async (_, inputs, message) => {
    const { bindInputs } = await import("../../runtime/inputs.js");
    const [entry] = buildArtifact(model(), { target: portable("software") }).entries;
    if (!entry) throw new Error("no entry");
    expect(() => bindInputs(entry, inputs as Parameters<typeof bindInputs>[1])).toThrow(message);
  });
});

describeGpu("a tensor beyond what the adapter binds", () => {
  test("is refused by name before it reaches the device", async () => {
    const source = { path: "wide.dl", text: "fn f(x: [N]) -> [N] = 2 * x\n" };
    const compiled = compile(source, openPackage("tests").host, { fn: "f", withGradients: false });
    if (!compiled.ok) throw new Error(compiled.diagnostics.map(({ title }) => title).join("\n"));
    const device = await openTestDevice({ limits: "default" });
    const session = await load(buildArtifact(compiled.value, { target: device.target }), {
      device,
    });
    const most = device.limits.maxStorageBufferBindingSize;
    const count = most / 4 + 1;
    const run = session.run("f", { x: { data: new Float32Array(count), shape: [count] } });
    await expect(run).rejects.toThrow("`f` does not fit the device: `x` f32[N] from wide.dl:1:6");
    const few = await session.run("f", { x: { data: new Float32Array([1, 2]), shape: [2] } });
    expect(Object.values(few).map(({ data }) => [...data])).toEqual([[2, 4]]);
    session.dispose();
    device.close();
  });
});
