// Functions in which something is large next to what goes in and comes out, so that it may be computed in chunks of rows.
import { compile } from "../../compiler/compile.js";
import type { Entry } from "../../compiler/ir/program.js";
import { openPackage } from "../../cli/host.js";

/** A function with the sizes at which it is tried. Rows are never a multiple of a chunk. */
export interface LargeInside {
  readonly title: string;
  readonly text: string;
  readonly sizes: Readonly<Record<string, number>>;
  /** Bytes that a value may have; the function's inputs and results have less. */
  readonly most: number;
  readonly target: number;
  /** Axes that may count the rows. */
  readonly rows: readonly string[];
}

/** Every function is `large`, with a scalar result. */
export const largeInside: readonly LargeInside[] = [
  {
    title: "cross-entropy",
    text: `import { cross_entropy } from "std/losses"
    fn large(x: [B, T, 8], w: [8, 97], b: [97], y: i32[B, T]) -> [] = cross_entropy(x @ w + b, y % 3)`,
    sizes: { B: 3, T: 7 },
    most: 4000,
    target: 1600,
    rows: ["B * T"],
  },
  {
    title: "cross-entropy of rows put together, with smoothing and class weights",
    text: `import { cross_entropy } from "std/losses"
    fn large(x: [B, T, 8], w: [8, 97], y: i32[B, T], c: [97]) -> [] =
      cross_entropy(reshape(x @ w, [B * T, 97]), reshape(y % 3, [B * T]), smoothing = 0.1, weight = c * c)`,
    sizes: { B: 2, T: 9 },
    most: 4000,
    target: 1600,
    rows: ["B * T"],
  },
  {
    title: "scores of attention, in chunks of batches",
    text: `fn large(q: [B, T, H], k: [B, T, H], v: [B, T, H]) -> [] {
      let out = attention(q, k, v, causal = true)
      sum(out * out)
    }`,
    sizes: { B: 5, T: 12, H: 3 },
    most: 2000,
    target: 1200,
    rows: ["B"],
  },
  {
    title: "scores of attention, in chunks of queries",
    text: `fn large(q: [T, H], k: [S, H], v: [S, H]) -> [] {
      let out = softmax(q @ k.T, axis = -1) @ v
      sum(out * out)
    }`,
    sizes: { T: 13, S: 12, H: 3 },
    most: 500,
    target: 200,
    rows: ["T"],
  },
  {
    title: "a wide layer whose rows are a column of a matrix",
    text: `fn large(x: [8, N], w: [64, 8], v: [64]) -> [] {
      let h = tanh(w @ x)
      sum(exp(0.1 * (v @ h))) + 0.01 * sum(h * h)
    }`,
    sizes: { N: 11 },
    most: 2600,
    target: 1100,
    rows: ["N", "64"],
  },
  {
    title: "what divides by zero beyond the last row",
    text: `fn large(x: [N, 8], w: [8, 64]) -> [] {
      let h = (x @ w) / sum(x * x, axis = -1, keep = true)
      sum(h * h)
    }`,
    sizes: { N: 11 },
    most: 2600,
    target: 1100,
    rows: ["N"],
  },
];

/** The function and its gradient, compiled. */
export function entriesOf({ text }: LargeInside): readonly Entry[] {
  const source = { path: "large.dl", text };
  const options = { fn: "large", withGradients: true, isVerified: true };
  const result = compile(source, openPackage("tests").host, options);
  if (result.ok) return result.value.entries;
  throw new Error(result.diagnostics.map((d) => `${d.title}: ${d.primary.text}`).join("\n"));
}
