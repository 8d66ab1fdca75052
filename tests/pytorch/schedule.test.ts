// Networks with their gradients become kernels: no group of them waits for itself. No device is needed for that.
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { rowsOf } from "./programs.js";
import { portable } from "../../runtime/format.js";

const programs = ["networks", "vision"].flatMap((group) => rowsOf(group));

test.each(programs)("$title", { timeout: 120_000 }, async ({ compiled }) => {
  const program = compiled();
  // The runner hears nothing of a test that never lets go.
  await nextTurn();
  const { entries } = buildArtifact(program, { target: portable("software") });
  expect(entries.every((entry) => entry.program.dispatches.length > 0)).toBe(true);
});
