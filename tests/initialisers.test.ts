// What the initialisers promise: their bounds, their spread, orthogonality; the same seed gives the same numbers.
import { beforeAll, describe, expect, test } from "vitest";
import type { Tensors } from "../cli/backend.js";
import { openBackend } from "../cli/backend/open.js";
import { compileCase } from "./harness/programs.js";

let drawn: Tensors = new Map();

async function initialise(seed: number): Promise<Tensors> {
  const work = {
    title: "",
    path: "tests/fixtures/initialisers.dl",
    options: { model: "Initialised" },
  };
  const backend = await openBackend(compileCase(work), { backend: "reference" });
  await backend.init(seed);
  return backend.readVariables(false);
}

const values = (name: string): readonly number[] => Array.from(drawn.get(name)?.data ?? []);
const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;
const spread = (xs: readonly number[]): number =>
  Math.sqrt(mean(xs.map((x) => (x - mean(xs)) ** 2)));
const largest = (xs: readonly number[]): number => Math.max(...xs.map(Math.abs));

beforeAll(async () => {
  drawn = await initialise(5);
});

describe("initialisers", () => {
  test.each([
    ["zero", 0],
    ["one", 1],
    ["number", 0.25],
    ["held", 2.5],
  ])("%s is %f everywhere", (name, value) => {
    expect(new Set(values(name))).toEqual(new Set([value]));
  });

  // Fans of [60, 50] are 50 in and 60 out; of [20, 10, 3, 5] they are 150 in.
  test.each([
    ["gaussian", 0.02],
    ["even", 5 / Math.sqrt(12)],
    ["xavier_even", 2 * Math.sqrt(2 / 110)],
    ["xavier_gaussian", Math.sqrt(2 / 110)],
    ["he_even", Math.sqrt(1 / 3 / 50)],
    ["he_kernel", Math.sqrt(2 / 150)],
    ["he_gaussian", Math.sqrt(2 / 50)],
    ["lecun", Math.sqrt(1 / 50)],
  ])("%s has standard deviation %f", (name, deviation) => {
    expect(Math.abs(spread(values(name)) / deviation - 1)).toBeLessThan(0.06);
  });

  test.each([
    ["even", 3],
    ["cut", 2],
    ["xavier_even", 2 * Math.sqrt(6 / 110)],
    ["he_even", Math.sqrt(1 / 50)],
    ["he_kernel", Math.sqrt(6 / 150)],
  ])("%s stays within %f and comes near it", (name, bound) => {
    expect(largest(values(name))).toBeLessThanOrEqual(bound);
    expect(largest(values(name))).toBeGreaterThan(0.95 * bound);
  });

  // The deviation of a normal cut at 4/3 of its own.
  test("a truncated normal has the deviation of one", () => {
    expect(spread(values("cut"))).toBeCloseTo(1.5 * 0.679, 1);
  });

  test("orthogonal gives orthonormal rows or columns", () => {
    expect(gram(values("tall"), 12, 7, "columns")).toBeLessThan(1e-5);
    expect(
      gram(
        values("wide").map((x) => x / 3),
        7,
        12,
        "rows",
      ),
    ).toBeLessThan(1e-5);
  });

  test("identity has ones on the diagonal", () => {
    expect(values("unit")).toEqual(Array.from({ length: 24 }, (_, i) => (i % 7 === 0 ? 1 : 0)));
  });

  test("the seed decides", async () => {
    expect(await initialise(5)).toEqual(drawn);
    expect((await initialise(6)).get("gaussian")).not.toEqual(drawn.get("gaussian"));
  });
});

/** How far the products of rows (or columns) of an `[n, m]` matrix are from the identity. */
function gram(x: readonly number[], n: number, m: number, of: "rows" | "columns"): number {
  const [count, length] = of === "rows" ? [n, m] : [m, n];
  const at = (i: number, k: number): number => x[of === "rows" ? i * m + k : k * m + i] ?? NaN;
  let worst = 0;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      let sum = 0;
      for (let k = 0; k < length; k++) sum += at(i, k) * at(j, k);
      worst = Math.max(worst, Math.abs(sum - (i === j ? 1 : 0)));
    }
  }
  return worst;
}
