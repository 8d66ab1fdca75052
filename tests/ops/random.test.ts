// Random numbers by counting: the published hash, its statistics, and independence of what is drawn.
import { expect, test } from "vitest";
import { Graph } from "../../compiler/ir/graph.js";
import { normal, uniform } from "../../compiler/ops/build.js";
import { get, tensorOf } from "../../compiler/reference/tensor.js";
import { int } from "../../compiler/types/dim.js";
import { inputOf, run } from "../harness/numeric.js";

/** pcg4d, written down once more from the paper (Jarzynski and Olano 2020), on four words. */
function pcg4d(words: readonly number[]): number[] {
  const v = words.map((x) => (Math.imul(x, 1664525) + 1013904223) >>> 0);
  const mix = (): void => {
    for (const [to, a, b] of [
      [0, 1, 3],
      [1, 2, 0],
      [2, 0, 1],
      [3, 1, 2],
    ] as const) {
      v[to] = (get(v, to) + Math.imul(get(v, a), get(v, b))) >>> 0;
    }
  };
  mix();
  for (const i of [0, 1, 2, 3]) v[i] = (get(v, i) ^ (get(v, i) >>> 16)) >>> 0;
  mix();
  return v;
}

const draw = (
  emit: typeof uniform,
  seed: number,
  step: number,
  stream: number,
  size: number,
): number[] => {
  const graph = new Graph();
  const s = inputOf(graph, "seed", { dtype: "u32", shape: [] });
  const t = inputOf(graph, "step", { dtype: "i32", shape: [] });
  const x = emit(s, t, { shape: [int(4), int(size / 4)], stream });
  const tensors = new Map([
    ["seed", tensorOf("u32", [], [seed])],
    ["step", tensorOf("i32", [], [step])],
  ]);
  return Array.from(run(graph, [x], tensors)[0]?.data ?? []);
};

const meanOf = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;

test("uniform numbers are the upper bits of the hash of seed, step, stream and place", () => {
  const seed = 3_123_456_789;
  const expected = Array.from(
    { length: 100 },
    (_, i) => (get(pcg4d([seed, 5, 2, i]), 0) >>> 8) / 2 ** 24,
  );
  expect(draw(uniform, seed, 5, 2, 100)).toEqual(expected);
});

test("uniform and normal numbers have their moments", () => {
  const flat = draw(uniform, 1, 1, 0, 40_000);
  expect(flat.every((x) => x >= 0 && x < 1)).toBe(true);
  expect(meanOf(flat)).toBeCloseTo(0.5, 2);
  expect(meanOf(flat.map((x) => (x - 0.5) ** 2))).toBeCloseTo(1 / 12, 2);
  const bell = draw(normal, 1, 1, 1, 40_000);
  expect(Math.abs(meanOf(bell))).toBeLessThan(0.02);
  expect(Math.abs(meanOf(bell.map((x) => x ** 2)) - 1)).toBeLessThan(0.03);
  expect(Math.abs(meanOf(bell.map((x) => x ** 4)) - 3)).toBeLessThan(0.2);
});

test("another seed, step or stream draws other numbers", () => {
  const base = draw(uniform, 1, 1, 0, 400);
  for (const other of [
    draw(uniform, 2, 1, 0, 400),
    draw(uniform, 1, 2, 0, 400),
    draw(uniform, 1, 1, 1, 400),
  ]) {
    const [a, b] = [base, other].map((xs) => xs.map((x) => x - 0.5));
    const product = meanOf((a ?? []).map((x, i) => x * get(b ?? [], i)));
    expect(Math.abs(product)).toBeLessThan(0.02);
    expect(other).not.toEqual(base);
  }
});
