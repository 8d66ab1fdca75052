// How much memory plans take beyond what lives at once: arenas are at most a tenth larger than that, at several sizes.
import { expect, test } from "vitest";
import { openPackage, readSource } from "../../cli/host.js";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { compile } from "../../compiler/index.js";
import { planMemory } from "../../compiler/schedule/index.js";
import { portable, type ProgramPlan } from "../../runtime/format.js";
import { evaluate } from "../../runtime/formula.js";
import { aligned, layOut } from "../../runtime/layout.js";

/** Bytes of all arenas over the most bytes that live at one dispatch. */
function excess(plan: ProgramPlan, symbols: readonly number[]): number {
  const live = Array<number>(plan.dispatches.length + 1).fill(0);
  for (const { place, elements } of plan.tensors) {
    if (place.kind !== "temporary") continue;
    const bytes = aligned(Math.max(4, evaluate(elements, symbols) * 4));
    for (let i = place.from; i <= place.to; i++) live[i] = (live[i] ?? 0) + bytes;
  }
  const total = layOut(plan, symbols).arenaBytes.reduce((a, b) => a + b, 0);
  return total / Math.max(...live);
}

test.each([
  { path: "examples/peers/mlp.dl", run: "Train", sizes: [[128], [32], [500]] },
  {
    path: "examples/peers/gpt.dl",
    run: "Train",
    sizes: [
      [8, 64],
      [3, 17],
      [16, 64],
      [1, 64],
    ],
  },
  {
    path: "examples/shakespeare/model.dl",
    run: "Shakespeare",
    sizes: [
      [16, 64],
      [5, 33],
      [64, 64],
    ],
  },
])("$path keeps within a tenth of what lives at once", { timeout: 120_000 }, (work) => {
  const { host } = openPackage(work.path);
  const compiled = compile(readSource(work.path), host, { runs: [work.run] });
  if (!compiled.ok) throw new Error(compiled.diagnostics.map(({ title }) => title).join("\n"));
  for (const adapterClass of ["software", "discrete"] as const) {
    const [step] = buildArtifact(compiled.value, { target: portable(adapterClass) }).steps;
    if (!step) throw new Error(`${work.path} has no training run`);
    for (const sizes of work.sizes) {
      expect(step.program.symbols).toHaveLength(sizes.length);
      expect(
        excess(step.program, sizes),
        `${adapterClass} ${sizes.join(" x ")}`,
      ).toBeLessThanOrEqual(1.1);
    }
  }
});

test("tensors of one dispatch that are read and written never share an arena, however much that would save", () => {
  // A chain: each dispatch reads the last result and writes the next, which is half as large.
  const chain = Array.from({ length: 9 }, (_, i) => ({
    reads: i === 0 ? [] : [i - 1],
    writes: [i],
  }));
  const tensors = chain.map((_, i) => i);
  const { of, arenas } = planMemory(chain, tensors, new Set(), [], (n) => 2 ** (10 - n));
  for (const { reads, writes } of chain)
    for (const read of reads)
      for (const write of writes) expect(of.get(read)?.arena).not.toBe(of.get(write)?.arena);
  expect(arenas).toBe(2);
});
