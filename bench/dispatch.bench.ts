// What the host pays for each dispatch and each submit, apart from the work itself.
import type { Command, Device } from "../runtime/device.js";
import { bufferUsage } from "../runtime/webgpu.js";
import { type Benchmark, type Measured, median } from "./question.js";
import { medianOf } from "./timing.js";

const count = 1000;

const wgsl = `
  @group(0) @binding(0) var<storage, read_write> x: array<u32>;
  @compute @workgroup_size(1) fn main() { x[0] += 1u; }`;

/** Costs of dispatches in one submit, of empty submits, and of one read. */
export const benchmark: Benchmark = {
  question: "What does a dispatch cost?",
  async measure(open: () => Promise<Device>): Promise<readonly Measured[]> {
    const device = await open();
    const usage = bufferUsage.storage | bufferUsage.copySource;
    const buffer = device.createBuffer("counter", 4, usage);
    const [pipeline] = await device.createPipelines([
      { label: "count", wgsl, bindings: ["storage"] },
    ]);
    if (pipeline === undefined) return [];
    const bindings = device.createBindings(pipeline, [{ buffer }]);
    const dispatch: Command = { kind: "dispatch", pipeline, bindings, workgroups: [1, 1, 1] };
    const commands = Array.from({ length: count }, () => dispatch);
    const together = await median(9, () => device.run(commands, []).then(() => device.idle()));
    const encoding: number[] = [];
    for (let round = 0; round < 21; round++) {
      const start = performance.now();
      device.submit(commands);
      encoding.push(performance.now() - start);
      await device.idle();
    }
    const read = await median(99, () => device.read(buffer));
    device.destroy(buffer);
    return [
      {
        what: `one of ${String(count)} dispatches, one submit`,
        value: (1000 * together) / count,
        unit: "us",
      },
      ...Object.entries({ fastest: Math.min(...encoding), median: medianOf(encoding) }).map(
        ([which, time]) => ({
          what: `encode and submit one of ${String(count)}, ${which}`,
          value: (1000 * time) / count,
          unit: "us",
        }),
      ),
      { what: "submit and read 4 bytes", value: 1000 * read, unit: "us" },
    ];
  },
};
