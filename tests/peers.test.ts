// The float64 reference trains the two workloads to the losses on which other frameworks agree.
import { describe, expect, test } from "vitest";
import { furthest, gptWork, mlpWork, peerLosses } from "./harness/peers-run.js";

const minutes = 60_000;

describe("losses of other frameworks, on the reference", () => {
  test.each([mlpWork, gptWork])("$path", { timeout: 3 * minutes }, async (work) => {
    const losses = await peerLosses(work, { backend: "reference" });
    expect(furthest(losses, work.losses), losses.join(" ")).toBeLessThan(2e-5);
  });
});
