// A training step that computes half of its residuals again trains as the one that keeps them.
import { expect, test } from "vitest";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { recomputed } from "../../compiler/fit/recompute.js";
import { residualsOf } from "../../compiler/fit/residuals.js";
import type { Compiled } from "../../compiler/ir/program.js";
import { load } from "../../runtime/index.js";
import { smallNet } from "../harness/fitting.js";
import { openTestDevice } from "../harness/gpu.js";
import { uniform } from "../harness/peers.js";
import { backward, expectClose } from "../harness/tolerance.js";

const sizes = { N: 50 };

test("the same losses and parameters", { timeout: 240_000 }, async () => {
  const device = await openTestDevice();
  const { target } = device;
  const compiled = smallNet();
  const trained = async (model: Compiled) => {
    const session = await load(buildArtifact(model, { target }), { device });
    await session.init(3);
    const input = (seed: number) => ({ data: uniform(sizes.N * 8, seed, 1), shape: [sizes.N, 8] });
    const losses: number[] = [];
    for (let step = 1; step <= 2; step++) {
      const inputs = { x: input(step), y: input(step + 9) };
      losses.push((await session.trainStep("Train", inputs, { seed: 0, step })).loss);
    }
    const variables = await session.readVariables();
    session.dispose();
    return { losses, variables };
  };
  const steps = compiled.steps.map((step) => {
    const passes = residualsOf(step.program, target.storageBuffers, () => sizes.N);
    const able = passes.residuals.filter((r) => r.canBeMade).map((r) => r.value);
    const dropped = new Set(able.filter((_, i) => i % 2 === 0));
    expect(dropped.size).toBeGreaterThan(2);
    return { ...step, program: recomputed(step.program, passes, dropped) };
  });
  const before = await trained(compiled);
  const after = await trained({ ...compiled, steps });
  expectClose(after.losses, before.losses, backward, "losses");
  for (const [path, { data }] of Object.entries(before.variables))
    expectClose(after.variables[path]?.data ?? [], data, backward, path);
  device.close();
});
