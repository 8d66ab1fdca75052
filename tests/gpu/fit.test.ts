// A training step that computes values again under a budget trains as the whole one does, in as many bytes as predicted.
import { expect, test } from "vitest";
import { buildArtifact } from "../../compiler/artifact/index.js";
import type { Compiled } from "../../compiler/ir/program.js";
import { load } from "../../runtime/index.js";
import { bytesFor, fittedInto, smallGpt } from "../harness/fitting.js";
import { openTestDevice } from "../harness/gpu.js";
import { integers } from "../harness/peers.js";
import { backward, expectClose } from "../harness/tolerance.js";

const sizes = { B: 3, T: 16 };

test("the same losses and parameters", { timeout: 240_000 }, async () => {
  const device = await openTestDevice();
  const { target } = device;
  const compiled = smallGpt({ D: "32", H: "2", L: "1", V: "19", Tmax: "16" });
  const trained = async (model: Compiled) => {
    const session = await load(buildArtifact(model, { target }), { device });
    await session.init(3);
    const count = sizes.B * sizes.T;
    const input = (seed: number) => ({
      data: integers(count, seed, 19),
      shape: [sizes.B, sizes.T],
    });
    const losses: number[] = [];
    for (let step = 1; step <= 2; step++) {
      const inputs = { ids: input(step), targets: input(step + 9) };
      losses.push((await session.trainStep("Train", inputs, { seed: 0, step })).loss);
    }
    const variables = await session.readVariables();
    session.dispose();
    return { losses, variables };
  };
  const whole = bytesFor(buildArtifact(compiled, { target }), "Train", sizes);
  const fitted = fittedInto(compiled, target, sizes, 0.85 * whole);
  expect(fitted.excess).toEqual([]);
  expect(fitted.decisions.some((d) => d.kind === "recomputed")).toBe(true);
  const before = await trained(compiled);
  const after = await trained(fitted.compiled);
  expectClose(after.losses, before.losses, backward, "losses");
  for (const [path, { data }] of Object.entries(before.variables))
    expectClose(after.variables[path]?.data ?? [], data, backward, path);
  device.close();
});
