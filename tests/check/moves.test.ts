// Shifts of several axes, steps that are sizes and kernels that pass on: against the same in other words, on the reference.
import { expect, it } from "vitest";
import { openBackend } from "../../cli/backend/open.js";
import { openPackage } from "../../cli/host.js";
import { compile } from "../../compiler/index.js";
import { drawInputs } from "../harness/draw-inputs.js";

const path = "tests/check/moves.dl";

const cases = [
  [
    "a step that only a call knows",
    "x: [T], y: [S]",
    "x[::S] + 0 * sum(y) - x[iota(ceil_div(T, S)) * S]",
  ],
  [
    "a step behind a start",
    "x: [T], y: [S]",
    "x[1::S] + 0 * sum(y) - x[1 + iota(ceil_div(T - 1, S)) * S]",
  ],
  [
    "a shift for each axis",
    "x: [T, S]",
    "roll(x, (1, 2), axis = (1, 0)) - roll(roll(x, 1, axis = 1), 2, axis = 0)",
  ],
  [
    "one shift for all axes",
    "x: [T, S]",
    "roll(x, 1, axis = (0, 1)) - roll(roll(x, 1, axis = 1), 1, axis = 0)",
  ],
  [
    "several axes turned",
    "x: [T, S]",
    "flip(x, axis = (0, 1)) - flip(flip(x, axis = 0), axis = 1)",
  ],
  ["a kernel that passes on", "x: [2, 3, T, S]", "conv2d(x, delta([3, 3, 3, 3]), padding = 1) - x"],
] as const;

it.each(cases)("%s", async (_, inputs, difference) => {
  const where = difference.includes("::") ? " where S >= 1, T >= 1" : "";
  const text = `import { conv2d } from "std/nn"\nfn zero(${inputs}) -> []${where} = sum(abs(${difference}))\n`;
  const compiled = compile({ path, text }, openPackage("tests/check").host, { fn: "zero" });
  if (!compiled.ok) throw new Error(compiled.diagnostics.map((d) => d.primary.text).join("\n"));
  const backend = await openBackend(compiled.value, { backend: "reference" });
  const [entry] = compiled.value.entries;
  if (!entry) throw new Error("no entry");
  for (const given of [
    { T: 7, S: 2, other: 2 },
    { T: 5, S: 5, other: 2 },
    { T: 3, S: 4, other: 2 },
  ]) {
    const results = await backend.run("zero", drawInputs(entry, given), { seed: 1, step: 1 });
    expect([...(results.get("out")?.data ?? [1])]).toEqual([0]);
  }
  backend.dispose();
});
