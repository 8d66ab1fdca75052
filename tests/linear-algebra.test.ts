// Products by axis names, normalisation and linear algebra against what PyTorch computed, gradients and states included.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Tensors } from "../cli/backend.js";
import { openBackend } from "../cli/backend/open.js";
import type { CompileOptions } from "../compiler/index.js";
import { contractionOrder, type ContractionOrder } from "../compiler/ops/einsum.js";
import { hash } from "./harness/peers.js";
import { compileCase } from "./harness/programs.js";
import { backward, expectClose, forward } from "./harness/tolerance.js";

const folder = "tests/fixtures/linear-algebra";

/** How a tensor of a case was drawn. */
interface Drawn {
  readonly role: "input" | "parameter" | "state" | "cotangent";
  readonly shape: readonly number[];
  readonly seed: number;
  readonly low: number;
  readonly high: number;
}

type Numbers = Readonly<Record<string, readonly number[]>>;

/** One program with the results that PyTorch gave. */
interface Vector {
  readonly title: string;
  readonly file: string;
  readonly entry: string;
  readonly options: CompileOptions;
  readonly tensors: Readonly<Record<string, Drawn>>;
  readonly results: Numbers;
  readonly states: Numbers;
  readonly gradients: Numbers;
}

const vectors = JSON.parse(readFileSync(`${folder}/vectors.json`, "utf8")) as readonly Vector[];

/** The tensors of a case in some roles. */
function drawn({ tensors }: Vector, roles: readonly Drawn["role"][]): Tensors {
  return new Map(
    Object.entries(tensors)
      .filter(([, { role }]) => roles.includes(role))
      .map(([name, { shape, seed, low, high }]) => {
        const count = shape.reduce((a, b) => a * b, 1);
        const data = Float32Array.from(
          { length: count },
          (_, i) => low + (high - low) * (hash(i, seed) / 4294967296),
        );
        return [name, { dtype: "f32", shape, data }];
      }),
  );
}

const scalars = { seed: 0, step: 0 };

describe("against PyTorch", () => {
  test.each(vectors.map((vector) => [vector.title, vector] as const))("%s", async (_, vector) => {
    const { file, entry, options } = vector;
    const compiled = compileCase({
      title: vector.title,
      path: `${folder}/${file}`,
      options: { ...options, withGradients: true, isVerified: true },
    });
    const backend = await openBackend(compiled, { backend: "reference" });
    const variables = drawn(vector, ["parameter", "state"]);
    await backend.writeVariables(variables);
    const gradients = await backend.run(
      `${entry}.grad`,
      drawn(vector, ["input", "cotangent"]),
      scalars,
    );
    await backend.writeVariables(variables);
    const results = await backend.run(entry, drawn(vector, ["input"]), scalars);
    const states = await backend.readVariables(false);
    for (const [name, expected] of Object.entries(vector.results))
      expectClose(results.get(name)?.data ?? [], expected, forward, name);
    for (const [name, expected] of Object.entries(vector.states))
      expectClose(states.get(name)?.data ?? [], expected, forward, name);
    for (const [name, expected] of Object.entries(vector.gradients))
      expectClose(gradients.get(name)?.data ?? [], expected, backward, `gradient of ${name}`);
  });
});

describe("the order of a product", () => {
  /** Products of scalars that an order takes, by its definition: each meeting runs over all labels that it sees. */
  function workOf(axes: readonly string[], out: string, sizes: Readonly<Record<string, number>>) {
    const split = axes.map((labels) => Array.from(labels));
    const order = contractionOrder(split, Array.from(out), (label) => sizes[label] ?? 1);
    let total = 0;
    const walk = (node: ContractionOrder): readonly number[] => {
      if (typeof node === "number") return [node];
      const parts = node.map(walk);
      const kept = parts.map((members) => {
        const outside = [
          ...Array.from(out),
          ...split.flatMap((l, i) => (members.includes(i) ? [] : l)),
        ];
        return members.flatMap((i) => (split[i] ?? []).filter((l) => outside.includes(l)));
      });
      total += [...new Set(kept.flat())].reduce((n, l) => n * (sizes[l] ?? 1), 1);
      return parts.flat();
    };
    expect([...walk(order)].sort((a, b) => a - b)).toEqual(axes.map((_, i) => i));
    return { order, total };
  }

  test("is that of Cormen et al. for a chain of six matrices", () => {
    const sizes = { a: 30, b: 35, c: 15, d: 5, e: 10, f: 20, g: 25 };
    const { order, total } = workOf(["ab", "bc", "cd", "de", "ef", "fg"], "ag", sizes);
    expect(total).toBe(15125);
    expect(order).toEqual([
      [0, [1, 2]],
      [[3, 4], 5],
    ]);
  });

  // The example of `numpy.einsum_path`: 8.000e+08 products of five naively, 8.000e+05 in the best order with sums of products
  // counted twice; each of the four meetings runs over five labels of 10.
  test("is as cheap as NumPy's for its tensor network", () => {
    const sizes = Object.fromEntries(Array.from("abcdefgh").map((l) => [l, 10]));
    const { total } = workOf(["ea", "fb", "abcd", "gc", "hd"], "efgh", sizes);
    expect(total).toBe(4e5);
  });

  test("is from left to right where all orders are the same work", () => {
    const sizes = { a: 4, b: 4, c: 4, d: 4 };
    expect(workOf(["ab", "bc", "cd"], "ad", sizes).order).toEqual([[0, 1], 2]);
  });

  test("joins neighbours first where there are too many operands to weigh all orders", () => {
    const axes = Array.from("abcdefghijk").map((l, i) => l + "bcdefghijkl".charAt(i));
    const sizes = Object.fromEntries(Array.from("abcdefghijkl").map((l, i) => [l, i % 2 ? 2 : 20]));
    expect(workOf(axes, "al", sizes).total).toBeLessThan(2000);
  });
});
