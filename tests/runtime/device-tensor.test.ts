// Tensors that stay on the device: chains of calls give what calls through the host give, and buffers are used again.
import { beforeAll, expect, test } from "vitest";
import { openPackage, standardLibrary } from "../../cli/host.js";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { compile } from "../../compiler/index.js";
import type { Device } from "../../runtime/device.js";
import { load, type DeviceTensor, type Session } from "../../runtime/index.js";
import { describeGpu, sharedDevice } from "../harness/gpu.js";

const text = `model Walk(N = 3) {
  param table: [5, N] = ones
  state calls: [] = zeros

  fn step(x: [B, N], by: [N]) -> ([B, N], [B]) {
    calls <- calls + 1
    let y = tanh(x * 0.5 + by) + x @ table.T @ table
    (y, sum(y, axis = 1))
  }
  fn same(x: [B, N]) -> [B, N] = x
  fn rows(i: i32[B]) -> [B, N] = table[i]
}
`;

const given = (rows: number) => ({
  dtype: "f32" as const,
  shape: [rows, 3],
  data: Float32Array.from({ length: 3 * rows }, (_, i) => Math.sin(i)),
});

const only = (results: Readonly<Record<string, DeviceTensor>>, name: string): DeviceTensor => {
  const found = results[name];
  if (!found) throw new Error(`no ${name} among ${Object.keys(results).join(", ")}`);
  return found;
};

describeGpu("tensors on the device", () => {
  let device: Device;
  let session: Session;
  const by = { dtype: "f32" as const, shape: [3], data: Float32Array.of(0.1, -0.2, 0.3) };
  beforeAll(async () => {
    const compiled = compile({ path: "walk.dl", text }, openPackage(standardLibrary()).host, {
      model: "Walk",
    });
    if (!compiled.ok) throw new Error(compiled.diagnostics.map((d) => d.title).join("\n"));
    device = await sharedDevice();
    session = await load(buildArtifact(compiled.value, { target: device.target }), { device });
    await session.init(0);
  });

  test("a chain on the device has the bits of a chain through the host", async () => {
    for (const rows of [2, 5]) {
      let host = given(rows).data;
      let here = session.put(given(rows));
      const shift = session.put(by);
      for (let i = 0; i < 3; i++) {
        const through = await session.run("step", { x: { ...given(rows), data: host }, by });
        host = through["out0"]?.data as Float32Array<ArrayBuffer>;
        const results = await session.evaluate("step", { x: here, by: shift });
        here.dispose();
        only(results, "out1").dispose();
        here = only(results, "out0");
      }
      expect(here.shape).toEqual([rows, 3]);
      expect((await here.read()).data).toEqual(host);
      expect((await here.read(2)).data).toEqual(host.slice(0, 2));
      here.dispose();
      shift.dispose();
    }
    expect((await session.readVariables())["calls"]?.data[0]).toBe(12);
  });

  test("buffers given back are used again, and a call may mix host and device", async () => {
    const x = session.put(given(4));
    const first = await session.evaluate("step", { x, by });
    for (const result of Object.values(first)) result.dispose();
    const { liveBuffers } = device.counts;
    for (let i = 0; i < 5; i++) {
      const results = await session.evaluate("step", { x, by });
      const { out } = await session.run("same", { x: only(results, "out0") });
      expect(out?.data).toEqual((await only(results, "out0").read()).data);
      for (const result of Object.values(results)) result.dispose();
    }
    expect(device.counts.liveBuffers).toBe(liveBuffers);
    x.dispose();
  });

  test("a result that is an input is a tensor of its own", async () => {
    const x = session.put(given(2));
    const same = only(await session.evaluate("same", { x }), "out");
    x.dispose();
    session.put({ ...given(2), data: new Float32Array(6) }).dispose();
    expect((await same.read()).data).toEqual(given(2).data);
    same.dispose();
  });

  test("what cannot be checked or is gone is refused", async () => {
    const i = session.put({ dtype: "i32", shape: [2], data: Int32Array.of(0, 9) });
    await expect(session.evaluate("rows", { i })).rejects.toThrow(/index something/);
    const x = session.put(given(2));
    await expect(session.evaluate("step", { x, by: x })).rejects.toThrow(/does not fit/);
    x.dispose();
    await expect(session.evaluate("same", { x })).rejects.toThrow(/disposed/);
    expect(() => session.put({ ...given(2), shape: [4] })).toThrow(/its shape \[4\] has 4/);
  });
});
