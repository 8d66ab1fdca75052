// Correct programs: no finding at all, and everything in them compiles and runs on the reference with the shapes it declares.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openBackend } from "../../cli/backend/open.js";
import { openPackage } from "../../cli/host.js";
import { checkPackage } from "../../compiler/compile.js";
import { renderText } from "../../compiler/diagnostics/index.js";
import { evaluate, type Dim } from "../../compiler/types/dim.js";
import type { Entry } from "../../compiler/index.js";
import type { GuardSpec } from "../../compiler/ir/program.js";
import { parse } from "../../grammar/index.js";
import {
  compileCase,
  drawInputs,
  functionCases,
  modelCases,
  type Sizes,
} from "../harness/programs.js";

const folder = "tests/check/right";
const files = readdirSync(folder).map((name) => join(folder, name));

/** Static arguments without a default, small. */
const statics = {
  window_partition: { M: "2" },
  window_merge: { B: "2", H: "4", W: "6", M: "2" },
  prefix: { T: "2" },
  pixel_shuffle: { R: "2" },
  gqa: { H: "4", G: "2", K: "3" },
  mask: { T: "5" },
  merge_heads: { H: "2", D: "6" },
  halves: { K: "6" },
  strided: { K: "3" },
  same_window: { K: "3" },
  blocks: { T: "9" },
  window: { n: "3" },
  lower: { T: "4" },
  moved: { i: "1" },
  best: { k: "2" },
  counted: { V: "7" },
};

/** Extents that fill what the guards of an entry ask for, tried from small ones on. */
function fittingSizes({ signature }: Entry): readonly Sizes[] {
  const { guards, symbols, inputs } = signature;
  const names = symbols.map((s) => s.name);
  const fits = (sizes: Sizes): boolean => {
    const at = (d: Dim): number => evaluate(d, ({ name }) => sizes[name] ?? sizes.other) ?? -1;
    const isShape = inputs.every(({ shape }) => shape.every((d) => at(d) >= 0));
    return isShape && guards.every((g) => holds(g, at));
  };
  return [1, 2, 3, 4, 6, 8].flatMap((n): readonly Sizes[] => {
    const tried = [0, 1, 2, 4].map((step): Sizes => ({
      ...Object.fromEntries(names.map((name, i) => [name, n + step * i])),
      other: n,
    }));
    return tried.filter(fits).slice(0, 1);
  });
}

function holds({ relation, left, right }: GuardSpec, at: (d: Dim) => number): boolean {
  const [a, b] = [at(left), at(right)];
  if (relation === "==") return a === b;
  if (relation === "!=") return a !== b;
  return relation === "<=" ? a <= b : a < b;
}

describe("finds nothing in", () => {
  it.each(files)("%s", (path) => {
    const file = { path, text: readFileSync(path, "utf8") };
    expect(renderText(checkPackage([file], openPackage(path).host).diagnostics)).toBe("");
  });
});

const cases = files.flatMap((path) => [
  ...functionCases(path, statics),
  ...modelCases(path).map((work) => ({
    ...work,
    options: { ...work.options, entries: undefined },
  })),
]);

describe("runs", () => {
  it.each(cases)("$title", async ({ options: { entries: _, ...options }, ...work }) => {
    const compiled = compileCase({ ...work, options });
    const backend = await openBackend(compiled, { backend: "reference" });
    await backend.init(1);
    for (const entry of compiled.entries) {
      const sizes = fittingSizes(entry);
      expect(sizes.length, `no sizes fit ${entry.name}`).toBeGreaterThan(0);
      for (const given of sizes) {
        const results = await backend.run(entry.name, drawInputs(entry, given), {
          seed: 3,
          step: 1,
        });
        const wanted = entry.program.outputs.filter(({ role }) => role !== "state");
        for (const { name, value } of wanted) {
          const shape = value.type.shape.map((d) =>
            evaluate(d, (s) => given[s.name] ?? given.other),
          );
          const got = results.get(name);
          expect(got?.shape, `${entry.name} ${name}`).toEqual(shape);
          expect(got?.data.every(Number.isFinite), `${entry.name} ${name} is finite`).toBe(true);
        }
      }
    }
    backend.dispose();
  });
});

describe("trains", () => {
  const runs = files.flatMap((path) =>
    parse({ path, text: readFileSync(path, "utf8") }).module.items.flatMap((item) =>
      item.kind === "train" ? [{ path, name: item.name.name }] : [],
    ),
  );
  it.each(runs)("$name of $path", async ({ path, name }) => {
    const compiled = compileCase({ title: name, path, options: { runs: [name] } });
    const backend = await openBackend(compiled, { backend: "reference" });
    await backend.init(1);
    const loss = compiled.entries.find((e) => e.name === `${name}.loss`);
    const [given] = loss ? fittingSizes(loss).slice(-1) : [];
    expect(given).toBeDefined();
    if (!loss || !given) return;
    const inputs = drawInputs(loss, given);
    const losses: number[] = [];
    for (let step = 1; step <= 4; step++)
      losses.push((await backend.trainStep(name, inputs, { seed: 1, step })).loss);
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
    backend.dispose();
  });
});
