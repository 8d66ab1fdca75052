// Initialisers that read other parameters: in which order they run, on what was loaded, and what they refuse.
import { describe, expect, test } from "vitest";
import type { Tensors } from "../cli/backend.js";
import { openBackend } from "../cli/backend/open.js";
import { matchWeights } from "../cli/weights.js";
import type { Compiled } from "../compiler/index.js";
import { compileCase } from "./harness/programs.js";

const path = "tests/fixtures/linear-algebra/reparametrized.dl";
const build = (model: string): Compiled =>
  compileCase({ title: model, path, options: { model, isVerified: true } });

/** Variables after initialisation in which some were given. */
async function filled(compiled: Compiled, given: Tensors = new Map()): Promise<Tensors> {
  const backend = await openBackend(compiled, { backend: "reference" });
  await backend.init(4, given);
  return backend.readVariables(false);
}

const numbers = (values: Tensors, name: string): readonly number[] =>
  Array.from(values.get(name)?.data ?? []);
const matrix = (rows: readonly (readonly number[])[]) => ({
  dtype: "f32" as const,
  shape: [rows.length, rows[0]?.length ?? 0],
  data: Float32Array.from(rows.flat()),
});
const lengths = (rows: readonly (readonly number[])[]): readonly number[] =>
  rows.map((row) => Math.hypot(...row));
const rowsOf = (values: readonly number[], width: number): readonly (readonly number[])[] =>
  Array.from({ length: values.length / width }, (_, i) => values.slice(i * width, (i + 1) * width));

describe("initialisers that read parameters", () => {
  test("run one after the other, as they read", async () => {
    const compiled = build("Chain");
    expect(compiled.init.map((p) => p.outputs.map((o) => o.name))).toEqual([
      ["c"],
      ["b"],
      ["a"],
      ["d"],
      ["e"],
    ]);
    const values = await filled(compiled);
    const c = numbers(values, "c");
    expect(Math.min(...c)).toBeGreaterThanOrEqual(1);
    const a = c.map((x) => 2 * Math.fround(x + 1));
    expect(numbers(values, "a")).toEqual(a);
    const d = a.map((x, i) => Math.fround(x * (c[i] ?? NaN)));
    expect(numbers(values, "d")).toEqual(d);
    expect(numbers(values, "e")[0]).toBeCloseTo(
      d.reduce((x, y) => x + y, 0),
      4,
    );
  });

  test("read what was loaded, and leave it alone", async () => {
    const b = { dtype: "f32" as const, shape: [3], data: Float32Array.of(1, 2, 3) };
    const values = await filled(build("Chain"), new Map([["b", b]]));
    expect(numbers(values, "b")).toEqual([1, 2, 3]);
    expect(numbers(values, "a")).toEqual([2, 4, 6]);
  });

  test("begin a normalised weight at its own lengths", async () => {
    const values = await filled(build("Lengths"));
    const rows = rowsOf(numbers(values, "layer_1.weight_v"), 5);
    numbers(values, "layer_1.weight_g").forEach((g, i) => {
      expect(g).toBeCloseTo(lengths(rows)[i] ?? NaN, 6);
    });
  });

  test("begin a spectral norm with directions of length 1", async () => {
    const values = await filled(build("Spectral2"));
    for (const name of ["layer_1.weight_u", "layer_1.weight_v"])
      expect(Math.hypot(...numbers(values, name))).toBeCloseTo(1, 6);
  });
});

describe("an adapter that reads its base", () => {
  const base = [
    [3, 4, 0, 0],
    [1, 2, 2, 0],
  ];

  test("begins with what was loaded into the base", async () => {
    const compiled = build("Turned");
    const stored = new Map([["two.weight", matrix(base)]]);
    expect(compiled.init).toHaveLength(2);
    const values = await filled(compiled, stored);
    expect(numbers(values, "two.magnitude")).toEqual([5, 3]);
    expect(compiled.variables.filter((v) => v.isAdded).map((v) => v.path)).toEqual([
      "one.lora_a",
      "one.lora_b",
      "one.magnitude",
      "two.lora_a",
      "two.lora_b",
      "two.magnitude",
    ]);
  });

  test("gives what its base gives until it has learned", async () => {
    const [plain, turned] = [build("Plain"), build("Turned")];
    const weights = await filled(plain);
    const x = {
      dtype: "f32" as const,
      shape: [2, 5],
      data: Float32Array.from({ length: 10 }, (_, i) => Math.sin(i)),
    };
    const results = [];
    for (const compiled of [plain, turned]) {
      const backend = await openBackend(compiled, { backend: "reference" });
      await backend.init(9, weights);
      const out = await backend.run("forward", new Map([["x", x]]), { seed: 0, step: 0 });
      results.push(numbers(out, "out"));
    }
    const [one = [], other = []] = results;
    other.forEach((y, i) => {
      expect(y).toBeCloseTo(one[i] ?? NaN, 6);
    });
  });

  test("may be missing in a file of weights, and its base may not", () => {
    const { variables } = build("Turned");
    const tensors = new Map([
      ["two.weight", { dtype: "F32" as const, shape: [2, 4], bytes: new Uint8Array(32) }],
    ]);
    const { diagnostics } = matchWeights({ tensors, metadata: {} } as never, variables, "w");
    expect(diagnostics.map((d) => d.primary.text).join("\n")).not.toMatch(/lora|magnitude/);
    expect(diagnostics).toHaveLength(2);
  });
});
