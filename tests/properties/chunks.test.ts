// What is computed in chunks is what is computed at once: in float64, for written programs and random ones.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gradient } from "../../compiler/autodiff/gradient.js";
import type { Value } from "../../compiler/ir/op.js";
import type { Program } from "../../compiler/ir/program.js";
import { upstream } from "../../compiler/ir/topology.js";
import { verify } from "../../compiler/ir/verify.js";
import { bytesOf, chunkLarge, isFree } from "../../compiler/passes/chunk/index.js";
import { optimize } from "../../compiler/passes/index.js";
import { show } from "../../compiler/types/dim.js";
import { entriesOf, largeInside } from "../harness/chunked.js";
import { programOf, recipes } from "../harness/graphs.js";
import { isClose } from "../harness/numeric.js";
import { drawnFor, evaluated } from "../harness/scans.js";

/** What is computed and in memory as a whole. */
const wholeOf = (program: Program): readonly Value[] =>
  upstream(program.outputs.map((o) => o.value)).filter(
    (v) => !isFree(v) && v.op.lower.kind !== "leaf",
  );

describe.each(largeInside)("$title", (large) => {
  const { sizes, most, target, rows } = large;
  const sizeOf = ({ name }: { readonly name: string }): number | undefined => sizes[name];
  test.each(entriesOf(large))("$name", (entry) => {
    const { program, chunked } = chunkLarge(entry.program, { most, target, sizeOf });
    expect(rows.some((r) => chunked.some((c) => show(c.rows) === r))).toBe(true);
    expect(verify(program)).toEqual([]);
    for (const value of wholeOf(program)) expect(bytesOf(value, sizeOf)).toBeLessThanOrEqual(most);
    const given = drawnFor(entry, sizes, 5);
    const found = evaluated({ ...entry, program }, given);
    for (const [name, { shape, data }] of evaluated(entry, given)) {
      expect(found.get(name)?.shape).toEqual(shape);
      const scale = Math.max(1, ...data.map(Math.abs));
      for (const [i, x] of data.entries())
        expect(Math.abs(x - (found.get(name)?.data[i] ?? NaN)) / scale, name).toBeLessThan(1e-12);
    }
  });
});

test("no rows at all sum up to zero", () => {
  const [large] = largeInside;
  const [entry] = large ? entriesOf(large) : [];
  if (!large || !entry) throw new Error("there is no function");
  const { program } = chunkLarge(entry.program, { ...large, sizeOf: () => undefined });
  const given = drawnFor(entry, { B: 0, T: 7 }, 5);
  expect(evaluated({ ...entry, program }, given).get("out")?.data[0]).toBe(
    evaluated(entry, given).get("out")?.data[0],
  );
});

test("random graphs and their gradients keep their results in chunks of any size", () => {
  let regions = 0;
  fc.assert(
    fc.property(recipes, fc.constantFrom(8, 16, 24), (recipe, most) => {
      const p = programOf(recipe);
      const program = optimize(gradient(p.program, "loss", ["x0", "x1", "x2", "x3"]));
      const before = p.evaluate(program);
      const sizeOf = (): number => 4;
      const { program: chunks, chunked } = chunkLarge(program, { most, target: 4, sizeOf });
      regions += chunked.length;
      expect(verify(chunks)).toEqual([]);
      for (const [i, tensor] of p.evaluate(chunks).entries()) {
        const old = before[i];
        expect(tensor.shape).toEqual(old?.shape);
        expect(
          tensor.data.every((x, j) => isClose(x, old?.data[j] ?? NaN, 1e-9, 1e-12)),
          `output ${String(i)}`,
        ).toBe(true);
      }
    }),
    { seed: 20_27, numRuns: 120 },
  );
  expect(regions).toBeGreaterThan(20);
});
