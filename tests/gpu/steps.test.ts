// Many training steps on a device: one submit each, bytes as planned before, and nothing that piles up.
import { expect, test } from "vitest";
import { openPackage, readSource } from "../../cli/host.js";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { compile } from "../../compiler/index.js";
import { load } from "../../runtime/index.js";
import { describeGpu, openTestDevice } from "../harness/gpu.js";
import { portable } from "../../runtime/format.js";

const path = "examples/shakespeare/model.dl";
const run = "Shakespeare";
const warm = 10;
const steps = 500;
const [batch, length] = [2, 8];
/** Reading the loss back goes through a small buffer beside the plan. */
const staging = 4096;

/** A GPT small enough for hundreds of steps, with everything that a large one has. */
function smallGpt(): ReturnType<typeof buildArtifact> {
  const sets = { D: "8", H: "2", L: "2", V: "11", Tmax: "8" };
  const compiled = compile(readSource(path), openPackage(path).host, { runs: [run], sets });
  if (!compiled.ok) throw new Error(compiled.diagnostics.map(({ title }) => title).join("\n"));
  return buildArtifact(compiled.value, { target: portable("software") });
}

const text = (shift: number): Int32Array =>
  Int32Array.from({ length: batch * length }, (_, i) => (i * i + shift) % 11);

describeGpu("many steps", () => {
  test(
    "submit once each, keep the number of buffers, stay within the planned bytes",
    { timeout: 300_000 },
    async () => {
      const device = await openTestDevice();
      const session = await load(smallGpt(), { device });
      await session.init(3);
      const shape = [batch, length];
      const inputs = { ids: { data: text(0), shape }, targets: { data: text(1), shape } };
      const losses: number[] = [];
      const step = async (n: number): Promise<void> => {
        const { loss } = await session.trainStep(run, inputs, { seed: 1, step: n });
        losses.push(loss);
      };
      for (let n = 1; n <= warm; n++) await step(n);
      const before = device.counts;
      for (let n = warm + 1; n <= warm + steps; n++) await step(n);
      const after = device.counts;
      expect(after.submits - before.submits).toBe(steps);
      expect(after.liveBuffers).toBe(before.liveBuffers);
      expect(after.liveBytes).toBe(before.liveBytes);
      expect(session.peakBytes(run, shape)).toBeGreaterThan(0);
      expect(after.peakBytes).toBeLessThanOrEqual(session.peakBytes(run, shape) + staging);
      expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) / 2);
      session.dispose();
      device.close();
    },
  );
});
