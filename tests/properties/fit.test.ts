// Under a budget of memory a training step computes values again, and what it computes stays the same to the last bit of float64.
import { describe, expect, test } from "vitest";
import { buildArtifact } from "../../compiler/artifact/index.js";
import type { Program } from "../../compiler/ir/program.js";
import { verify } from "../../compiler/ir/verify.js";
import { portable } from "../../runtime/format.js";
import { bytesFor, fittedInto, smallGpt } from "../harness/fitting.js";
import { drawnFor, evaluated } from "../harness/scans.js";
import { randomFrom, randomTensor } from "../harness/numeric.js";
import { int } from "../../compiler/types/dim.js";

const sizes = { B: 3, T: 16 };
const target = portable("software");
const compiled = smallGpt({ D: "32", H: "2", L: "2", V: "19", Tmax: "16" });
const [step] = compiled.steps;
if (!step) throw new Error("there is no step");

const peakOf = (program: Program): number => {
  const steps = [{ ...step, program }];
  return bytesFor(buildArtifact({ ...compiled, steps }, { target }), step.name, sizes);
};
const whole = peakOf(step.program);

/** Loss and gradients by name. */
function resultsOf(program: Program): ReadonlyMap<string, ArrayLike<number>> {
  const given = drawnFor(step ?? never(), sizes, 3);
  const random = randomFrom(4);
  const tensors = new Map(given.tensors);
  for (const { path, dtype, shape } of compiled.variables)
    tensors.set(path, randomTensor({ dtype, shape: shape.map(int) }, random, [-0.3, 0.3]));
  const found = evaluated({ ...(step ?? never()), program }, { dims: given.dims, tensors });
  return new Map([...found].map(([name, { data }]) => [name, data]));
}

function never(): never {
  throw new Error("there is no step");
}

describe.each([0.9, 0.75])("%f of the bytes", (share) => {
  const budget = Math.floor(whole * share);
  const {
    compiled: smaller,
    decisions,
    excess,
    peaks,
  } = fittedInto(compiled, target, sizes, budget);
  const program = smaller.steps[0]?.program ?? never();

  test("are enough, as predicted", () => {
    expect(excess).toEqual([]);
    expect(peakOf(program)).toBeLessThanOrEqual(budget);
    expect(peaks.get("Train")).toBe(peakOf(program));
    expect(verify(program)).toEqual([]);
  });

  test("give the same loss and gradients", () => {
    expect(resultsOf(program)).toEqual(resultsOf(step.program));
  });

  test("and each residual is accounted for, with what it costs", () => {
    const residuals = decisions.filter((d) => d.of === "Train");
    expect(residuals.filter((d) => d.kind === "recomputed").length).toBeGreaterThan(0);
    expect(residuals.filter((d) => d.kind === "kept").length).toBeGreaterThan(0);
    for (const d of residuals) expect(d.origin).toMatch(/\.dl:\d+:\d+$/);
  });
});

test("nothing is computed again where everything fits", () => {
  const { compiled: same, decisions } = fittedInto(compiled, target, sizes, whole);
  expect(same.steps[0]?.program).toBe(step.program);
  expect(decisions.filter((d) => d.kind === "recomputed")).toEqual([]);
});

test("what cannot fit says how little it comes to", { timeout: 120_000 }, () => {
  const { excess } = fittedInto(compiled, target, sizes, whole / 3);
  const [train] = excess.filter(({ entry }) => entry === "Train");
  expect(train?.smallest).toBeLessThan(whole);
  expect(train?.smallest).toBeGreaterThan(whole / 3);
});
