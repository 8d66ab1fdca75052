// The device facade: runs kernels, counts what is alive, and turns every kind of WebGPU error into a named fault.
import { expect, it } from "vitest";
import type { Device } from "../../runtime/device.js";
import { DeviceError } from "../../runtime/errors.js";
import type { KernelSource } from "../../runtime/pipeline.js";
import { bufferUsage } from "../../runtime/webgpu.js";
import { describeGpu, openTestDevice, sharedDevice } from "../harness/gpu.js";

const everything = bufferUsage.storage | bufferUsage.copySource | bufferUsage.copyTarget;

const doubling: KernelSource = {
  label: "double",
  origin: "model.dl:3:5",
  bindings: ["read-only-storage", "storage"],
  wgsl: `
    @group(0) @binding(0) var<storage, read> x: array<f32>;
    @group(0) @binding(1) var<storage, read_write> y: array<f32>;
    @compute @workgroup_size(64)
    fn main(@builtin(global_invocation_id) id: vec3u) {
      if (id.x < arrayLength(&x)) { y[id.x] = 2 * x[id.x]; }
    }`,
};

/** Doubles 100 numbers and returns what comes back. */
async function doubled(device: Device): Promise<Float32Array> {
  const [x, y] = ["x", "y"].map((label) => device.createBuffer(label, 400, everything));
  const [pipeline] = await device.createPipelines([doubling]);
  if (x === undefined || y === undefined || pipeline === undefined) throw new Error("unreachable");
  device.write(
    x,
    Float32Array.from({ length: 100 }, (_, i) => i),
  );
  const bindings = device.createBindings(pipeline, [{ buffer: x }, { buffer: y }]);
  const [bytes] = await device.run(
    [{ kind: "dispatch", pipeline, bindings, workgroups: [2, 1, 1] }],
    [{ buffer: y }],
  );
  device.destroy(x);
  device.destroy(y);
  return new Float32Array(bytes ?? new ArrayBuffer(0));
}

describeGpu("device", () => {
  it("runs a kernel and reads its result in one submit", async () => {
    const device = await sharedDevice();
    const before = device.counts.submits;
    expect([...(await doubled(device))]).toEqual(Array.from({ length: 100 }, (_, i) => 2 * i));
    expect(device.counts.submits).toBe(before + 1);
  });

  it("keeps the number of live buffers constant over repeated work", async () => {
    const device = await sharedDevice();
    await doubled(device);
    const { liveBuffers, liveBytes } = device.counts;
    for (let i = 0; i < 20; i++) await doubled(device);
    expect(device.counts).toMatchObject({ liveBuffers, liveBytes });
  });

  it("copies, clears and reads parts of buffers whose size is no multiple of 4", async () => {
    const device = await sharedDevice();
    const [from, to] = [6, 16].map((size) => device.createBuffer("part", size, everything));
    if (from === undefined || to === undefined) throw new Error("unreachable");
    device.write(from, Uint8Array.of(1, 2, 3, 4, 5, 6));
    device.write(to, Uint32Array.of(7, 7, 7, 7));
    device.submit([
      { kind: "clear", range: { buffer: to, offset: 4, size: 4 } },
      { kind: "copy", from: { buffer: from }, to: { buffer: to, offset: 8 }, size: 8 },
    ]);
    expect([...new Uint8Array(await device.read(to, 0, 15))]).toEqual([
      7, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 0,
    ]);
    expect([...new Uint8Array(await device.read(from, 4, 2))]).toEqual([5, 6]);
  });

  it("names kernel, `.dl` line and WGSL line of a kernel that does not compile", async () => {
    const device = await sharedDevice();
    const bad = { ...doubling, label: "broken", wgsl: "fn main( {" };
    await expect(device.createPipelines([doubling, bad])).rejects.toMatchObject({
      code: "device-validation",
      exit: 70,
      message: expect.stringMatching(/^kernel `broken` from model\.dl:3:5: WGSL 1:10: /) as string,
    });
  });

  it("names the kernel whose bindings do not fit its code", async () => {
    const device = await sharedDevice();
    const bad: KernelSource = { ...doubling, label: "unbound", bindings: ["read-only-storage"] };
    await expect(device.createPipelines([bad])).rejects.toThrow(
      /^kernel `unbound` from model\.dl:3:5: /,
    );
  });

  it("rejects the next awaited call after an error out of turn, and works again after that", async () => {
    const device = await openTestDevice();
    const [pipeline] = await device.createPipelines([doubling]);
    const small = device.createBuffer("small", 4, bufferUsage.uniform);
    if (pipeline === undefined) throw new Error("unreachable");
    device.createBindings(pipeline, [{ buffer: small }, { buffer: small }]);
    await expect(device.idle()).rejects.toThrow(/^kernel `double` from model\.dl:3:5: /);
    expect((await doubled(device)).at(-1)).toBe(198);
    device.close();
    expect(device.counts).toMatchObject({ liveBuffers: 0, liveBytes: 0 });
  });

  it("refuses a buffer above the device's limit before asking for it", async () => {
    const device = await sharedDevice();
    const size = device.limits.maxBufferSize + 4;
    expect(() => device.createBuffer("huge", size, everything)).toThrow(
      /buffer `huge` needs \d+ bytes/,
    );
  });

  it("offers the default limits when asked to", async () => {
    const device = await openTestDevice({ limits: "default", features: "none" });
    expect(device.limits).toMatchObject({
      maxStorageBuffersPerShaderStage: 8,
      maxComputeInvocationsPerWorkgroup: 256,
      maxComputeWorkgroupStorageSize: 16384,
    });
    expect([...device.features].filter((name) => name !== "core-features-and-limits")).toEqual([]);
    expect((await doubled(device)).at(-1)).toBe(198);
    device.close();
  });

  it("fails cleanly and stays usable whichever call fails once", async () => {
    for (let failing = 0; ; failing++) {
      let calls = 0;
      let armed = false;
      const device = await openTestDevice({
        faults: (call) => {
          if (armed && calls++ === failing) throw new Error(`${call} was made to fail`);
        },
      });
      armed = true;
      const outcome = await doubled(device).then(
        () => "done",
        (error: unknown) => error,
      );
      if (outcome === "done") {
        expect(failing).toBeGreaterThan(6);
        return;
      }
      expect(outcome).toBeInstanceOf(DeviceError);
      expect((await doubled(device)).at(-1)).toBe(198);
      device.close();
    }
  });

  it("delivers nothing after a loss", async () => {
    let lose = false;
    const device = await openTestDevice({
      faults: () => {
        if (lose) throw new DeviceError("lost", "the device was lost: on purpose");
      },
    });
    await doubled(device);
    lose = true;
    await expect(doubled(device)).rejects.toMatchObject({ kind: "lost", exit: 75 });
    lose = false;
    await expect(doubled(device)).rejects.toMatchObject({ kind: "lost" });
    await expect(device.idle()).rejects.toMatchObject({ kind: "lost" });
    device.close();
  });
});
