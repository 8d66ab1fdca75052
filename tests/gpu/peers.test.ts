// A WebGPU device trains the two workloads to the losses on which other frameworks agree.
import { expect, test } from "vitest";
import { adapterName, describeGpu } from "../harness/gpu.js";
import { furthest, gptWork, mlpWork, peerLosses } from "../harness/peers-run.js";

const minutes = 60_000;

describeGpu("losses of other frameworks", () => {
  test.each([mlpWork, gptWork])("$path", { timeout: 5 * minutes }, async (work) => {
    const losses = await peerLosses(work, { backend: "webgpu", adapter: adapterName });
    expect(furthest(losses, work.losses), losses.join(" ")).toBeLessThan(2e-5);
  });
});
