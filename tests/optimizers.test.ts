// The optimizers step as PyTorch's formulas say, written out here once more with plain numbers.
import { expect, test } from "vitest";
import { openBackend } from "../cli/backend/open.js";
import { compileCase } from "./harness/programs.js";

const target = [0.5, -2, 1.25];
const steps = 4;

interface Moments {
  m: number;
  v: number;
}

/** One update of one number: its value, its gradient, its moments, the number of the step. */
type Rule = (p: number, g: number, s: Moments, step: number) => number;

/** The corrected first moment over the root of the corrected second. */
function adamStep(g: number, s: Moments, step: number): number {
  s.m = 0.8 * s.m + 0.2 * g;
  s.v = 0.9 * s.v + 0.1 * g * g;
  return s.m / (1 - 0.8 ** step) / (Math.sqrt(s.v / (1 - 0.9 ** step)) + 1e-8);
}

const rules: Readonly<Record<string, Rule>> = {
  Sgd: (p, g) => p - 0.1 * (g + 0.01 * p),
  Momentum: (p, g, s) => p - 0.1 * (s.m = 0.9 * s.m + g),
  Nesterov(p, g, s) {
    s.m = 0.9 * s.m + g;
    return p - 0.1 * (g + 0.9 * s.m);
  },
  Adam: (p, g, s, step) => p - 0.1 * adamStep(g + 0.01 * p, s, step),
  Adamw: (p, g, s, step) => p * (1 - 0.1 * 0.01) - 0.1 * adamStep(g, s, step),
  Scheduled(p, g, s, step) {
    const rate = 0.05 * (1 + Math.cos((Math.PI * step) / 10));
    return p * (1 - rate * 0.01) - rate * adamStep(g, s, step);
  },
  Lion(p, g, s) {
    const direction = Math.sign(0.9 * s.m + 0.1 * g);
    s.m = 0.99 * s.m + 0.01 * g;
    return p * (1 - 0.1 * 0.01) - 0.1 * direction;
  },
  Rmsprop(p, g, s) {
    const slope = g + 0.01 * p;
    s.v = 0.99 * s.v + 0.01 * slope * slope;
    return p - (0.1 * slope) / (Math.sqrt(s.v) + 1e-8);
  },
};

test.each(Object.entries(rules))("%s", async (run, rule) => {
  const found = await trained(run);
  const moments = target.map((): Moments => ({ m: 0, v: 0 }));
  let expected = target.map(() => 1);
  for (let step = 1; step <= steps; step++) {
    expected = expected.map((p, i) =>
      rule(p, 2 * (p - (target[i] ?? 0)), moments[i] ?? { m: 0, v: 0 }, step),
    );
  }
  expect(Math.max(...expected.map((p, i) => Math.abs(p - (found[i] ?? NaN))))).toBeLessThan(1e-6);
});

test("gradients are clipped to a norm, all together", async () => {
  const found = await trained("Clipped");
  let p = target.map(() => 1);
  for (let step = 1; step <= steps; step++) {
    const g = p.map((x, i) => 2 * (x - (target[i] ?? 0)));
    const scale = Math.min(1, 0.5 / (Math.hypot(...g) + 1e-6));
    p = p.map((x, i) => x - 0.1 * scale * (g[i] ?? 0));
  }
  expect(Math.max(...p.map((x, i) => Math.abs(x - (found[i] ?? NaN))))).toBeLessThan(1e-6);
});

/** The parameter after some steps of a run. */
async function trained(run: string): Promise<readonly number[]> {
  const work = { title: run, path: "tests/fixtures/optimizers.dl", options: { runs: [run] } };
  const backend = await openBackend(compileCase(work), { backend: "reference" });
  await backend.init(0);
  const x = { dtype: "f32" as const, shape: [3], data: Float32Array.from(target) };
  for (let step = 1; step <= steps; step++)
    await backend.trainStep(run, new Map([["x", x]]), { seed: 0, step });
  return Array.from((await backend.readVariables(false)).get("w")?.data ?? []);
}
