// Every kernel of every golden case must be accepted by a real WGSL front end: a recorded text only proves that nothing changed.
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Device } from "../../runtime/device.js";
import { describeGpu, openTestDevice } from "../harness/gpu.js";
import { goldenFiles, parseGolden, readText } from "../harness/golden.js";
import { sourceOf } from "../harness/kernels.js";
import { root } from "../harness/sources.js";
import { kernelsOf } from "../harness/stages.js";

const cases = goldenFiles(join(root, "tests", "golden"))
  .map((file) => parseGolden(readText(file)))
  .filter(({ sections }) => sections.some(({ stage }) => stage === "wgsl"));

describeGpu("WGSL of the golden cases, within the limits that every device has", () => {
  let opened: Promise<Device> | undefined;
  const device = (): Promise<Device> =>
    (opened ??= openTestDevice({ limits: "default", features: "none" }));

  for (const { title, source } of cases)
    it(title, async () => {
      const kernels = kernelsOf(source);
      expect(kernels.length).toBeGreaterThan(0);
      await (await device()).createPipelines(kernels.map(sourceOf));
    });
});
