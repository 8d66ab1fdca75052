// Dropout of attention weights: in training each weight is 0 or scaled up, at the rate that was asked for; outside of training none is.
import { expect, test } from "vitest";
import { openPackage } from "../cli/host.js";
import { compile } from "../compiler/index.js";
import type { LeafSpec } from "../compiler/ir/program.js";
import { evaluateAll } from "../compiler/reference/evaluate.js";
import { tensorOf, type Tensor } from "../compiler/reference/tensor.js";
import { uniform } from "./harness/peers.js";

const length = 48;
const p = 0.25;

/** With the identity as values and as their projections, what comes out are the weights themselves. */
const text = `
import { SelfAttention } from "std/attention"
model Weights {
  attn = SelfAttention(${String(length)}, 1, causal = true, dropout = ${String(p)})
  fn forward(x: [1, ${String(length)}, ${String(length)}]) = attn(x)
}
`;

const identity = Array.from({ length: length ** 2 }, (_, i) => (i % (length + 1) === 0 ? 1 : 0));

function leafOf({ name, shape }: LeafSpec, seed: number): Tensor {
  if (name === "seed") return tensorOf("u32", [], [seed]);
  if (name === "step") return tensorOf("i32", [], [1]);
  if (name.endsWith(".bias")) return tensorOf("f32", [length], new Array<number>(length).fill(0));
  const isIdentity = name === "x" || name.includes(".v.") || name.includes(".proj.");
  const numbers = isIdentity ? identity : Array.from(uniform(length ** 2, 3, 1));
  return tensorOf("f32", shape.length === 3 ? [1, length, length] : [length, length], numbers);
}

function weights(isTraining: boolean, seed = 7): readonly number[] {
  const source = { path: "weights.dl", text };
  const options = { model: "Weights", isTraining };
  const compiled = compile(source, openPackage("tests").host, options);
  if (!compiled.ok) throw new Error(compiled.diagnostics.map(({ title }) => title).join("\n"));
  const [entry] = compiled.value.entries;
  const leaves = (leaf: LeafSpec): Tensor => leafOf(leaf, seed);
  const [out] = entry ? evaluateAll(entry.program, { dims: new Map(), leaves }) : [];
  return Array.from(out?.data ?? []);
}

const isAllowed = (i: number): boolean => i % length <= Math.floor(i / length);

test("outside of training nothing is dropped: rows sum to 1", () => {
  const found = weights(false);
  for (let row = 0; row < length; row++) {
    const sum = found.slice(row * length, (row + 1) * length).reduce((a, b) => a + b, 0);
    expect(sum).toBeCloseTo(1, 9);
  }
});

test("in training a weight is 0 or divided by what is kept, at the rate that was asked for", () => {
  const [plain, found] = [weights(false), weights(true)];
  const allowed = [...found.keys()].filter(isAllowed);
  const dropped = allowed.filter((i) => found[i] === 0);
  for (const i of allowed)
    if (found[i] !== 0) expect(found[i]).toBeCloseTo((plain[i] ?? NaN) / (1 - p), 9);
  // 1,176 draws: three standard deviations are 0.038.
  expect(dropped.length / allowed.length).toBeGreaterThan(p - 0.038);
  expect(dropped.length / allowed.length).toBeLessThan(p + 0.038);
});

test("another seed drops others", () => {
  expect(weights(true, 8)).not.toEqual(weights(true, 7));
});
