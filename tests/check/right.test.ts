// Correct programs: no finding at all, and everything in them compiles and runs on the reference with the shapes it declares.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { openBackend } from "../../cli/backend/open.js";
import { openPackage } from "../../cli/host.js";
import { checkPackage } from "../../compiler/compile.js";
import { renderText } from "../../compiler/diagnostics/index.js";
import { evaluate, type Dim } from "../../compiler/types/dim.js";
import type { Entry } from "../../compiler/index.js";
import type { GuardSpec } from "../../compiler/ir/program.js";
import { parse, type Parameter } from "../../grammar/index.js";
import { drawInputs, type Sizes } from "../harness/draw-inputs.js";
import { compileCase, functionCases, modelCases, type Statics } from "../harness/programs.js";

const folder = "tests/check/right";
const files = readdirSync(folder).map((name) => join(folder, name));

/** Static sizes that are not 2 where a function has no default for them, and flags. */
const chosen: Statics = {
  window_merge: { H: "4", W: "6" },
  window_reverse: { H: "4", W: "6" },
  gqa: { H: "4", K: "3" },
  mask: { T: "5" },
  merge_heads: { D: "6" },
  halves: { K: "6" },
  strided: { K: "3" },
  same_window: { K: "3" },
  same_padding: { K: "3" },
  same_padding_expression: { X: "5", K: "3" },
  level: { i: "1", H: "8" },
  pyramid_up: { H: "8" },
  dilated: { K: "3" },
  dilated2: { K: "3" },
  blocks: { T: "9" },
  window: { n: "3" },
  lower: { T: "4" },
  moved: { i: "1" },
  counted: { V: "7" },
};

/** Static arguments for each function of a file that can be compiled by itself: small sizes. */
function staticsOf(path: string): Statics {
  const { items } = parse({ path, text: readFileSync(path, "utf8") }).module;
  return Object.fromEntries(
    items.flatMap((item) => {
      if (item.kind !== "fn") return [];
      const name = item.name.name;
      const sizes = item.params
        .filter((p) => !p.value && isNumber(p))
        .map((p) => [p.name.name, "2"]);
      return [[name, { ...Object.fromEntries(sizes), ...chosen[name] }]];
    }),
  );
}

const isNumber = ({ annotation }: Parameter): boolean =>
  annotation === undefined ||
  (annotation.kind === "kind" && (annotation.name === "dim" || annotation.name === "float"));

/** Functions of functions are run by what calls them. */
const takesFunction = (path: string): readonly string[] =>
  parse({ path, text: readFileSync(path, "utf8") }).module.items.flatMap((item) =>
    item.kind === "fn" &&
    item.params.some((p) => p.annotation?.kind === "kind" && p.annotation.name === "fn")
      ? [item.name.name]
      : [],
  );

/** Extents that fill what the guards of an entry ask for, tried from small ones on. */
function fittingSizes({ signature }: Entry): readonly Sizes[] {
  const { guards, symbols, inputs } = signature;
  const names = symbols.map((s) => s.name);
  const fits = (sizes: Sizes): boolean => {
    const at = (d: Dim): number => evaluate(d, ({ name }) => sizes[name] ?? sizes.other) ?? -1;
    const isShape = inputs.every(({ shape }) => shape.every((d) => at(d) >= 1));
    return isShape && guards.every((g) => holds(g, at));
  };
  const simple = [1, 2, 3, 4, 6, 8].flatMap((n): readonly Sizes[] => {
    const tried = [0, 1, 2, 4].map((step): Sizes => ({
      ...Object.fromEntries(names.map((name, i) => [name, n + step * i])),
      other: n,
    }));
    return tried.filter(fits).slice(0, 1);
  });
  return simple.length > 0 ? simple : every(names).filter(fits).slice(0, 2);
}

/** All ways to give a few names small sizes. */
function every(names: readonly string[]): readonly Sizes[] {
  const extents = names.length > 4 ? [1, 2, 3, 4] : [1, 2, 3, 4, 8, 16];
  return names.reduce<readonly Sizes[]>(
    (rows, name) => rows.flatMap((row) => extents.map((n) => ({ ...row, [name]: n }))),
    [{ other: 2 }],
  );
}

function holds({ relation, left, right }: GuardSpec, at: (d: Dim) => number): boolean {
  const [a, b] = [at(left), at(right)];
  if (relation === "==") return a === b;
  if (relation === "!=") return a !== b;
  return relation === "<=" ? a <= b : a < b;
}

// Hundreds of tests without a pause would keep the runner from hearing of them.
afterEach(() => new Promise<void>((resume) => setImmediate(resume)));

describe("finds nothing in", () => {
  it.each(files)("%s", (path) => {
    const file = { path, text: readFileSync(path, "utf8") };
    expect(renderText(checkPackage([file], openPackage(path).host).diagnostics)).toBe("");
  });
});

const cases = files.flatMap((path) => [
  ...functionCases(path, staticsOf(path)).filter(
    ({ options }) => !takesFunction(path).includes(options.fn ?? ""),
  ),
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
