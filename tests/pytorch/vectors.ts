// Reads the vectors that PyTorch gave, draws the tensors they were made from, and says how far results are from them.
import { readdirSync, readFileSync } from "node:fs";
import { tensorOf, type Tensor } from "../../compiler/reference/tensor.js";
import { hash } from "../harness/peers.js";
import type { Tolerance } from "../harness/tolerance.js";

/** A tensor that both sides draw from one hash, or are given. */
export interface Given {
  readonly dtype: "f32" | "i32" | "bool";
  readonly shape: readonly number[];
  readonly values?: readonly (number | boolean)[];
  readonly seed?: number;
  readonly low?: number;
  readonly high?: number;
}

/** What is kept of a tensor: all of a small one; of others some elements and a weighted sum of all. */
export interface Digest {
  readonly shape: readonly number[];
  readonly all?: readonly number[];
  readonly some?: readonly number[];
  readonly step?: number;
  readonly sum?: number;
}

type Named<T> = Readonly<Record<string, T>>;

/** One row of the table: a program, its inputs, and what PyTorch made of them. */
export interface Vector {
  readonly body: string;
  readonly layer?: string;
  readonly imports?: readonly string[];
  readonly training?: boolean;
  readonly inputs: Named<Given>;
  readonly variables?: Named<Given>;
  readonly results: Named<Digest>;
  readonly states?: Named<Digest>;
  readonly cotangents?: Named<Given>;
  readonly gradients?: Named<Digest>;
}

const folder = new URL("vectors/", import.meta.url);

/** The names of the files of vectors. */
export const groups: readonly string[] = readdirSync(folder)
  .map((file) => file.replace(/\.json$/, ""))
  .sort();

/** The vectors of one file. */
export const vectorsOf = (group: string): readonly Vector[] =>
  JSON.parse(readFileSync(new URL(`${group}.json`, folder), "utf8")) as readonly Vector[];

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** The tensor that a row of the table means. */
export function drawn({ dtype, shape, values, seed = 0, low = 0, high = 0 }: Given): Tensor {
  const draw = (i: number): number =>
    dtype === "f32"
      ? Math.fround(low + (high - low) * (hash(i, seed) / 4294967296))
      : hash(i, seed) % high;
  const numbers = values?.map(Number) ?? Array.from({ length: count(shape) }, (_, i) => draw(i));
  return tensorOf(dtype, [...shape], numbers);
}

/** What is wrong with a result by its digest; undefined where it is as it should be. */
export function fault(have: Tensor, want: Digest, tolerance: Tolerance): string | undefined {
  if (have.shape.join() !== want.shape.join())
    return `has the shape [${have.shape.join()}], not [${want.shape.join()}]`;
  const { all, some = [], step = 1 } = want;
  const data = Array.from(have.data);
  const known = all ?? some;
  const at = known.findIndex((e, i) => !isNear(data[all ? i : i * step] ?? NaN, e, tolerance));
  const place = all ? at : at * step;
  if (at >= 0)
    return `element ${String(place)} is ${String(data[place])}, not ${String(known[at])}`;
  if (want.sum === undefined) return undefined;
  const parts = data.map((x, i) => x * ((hash(i, 77) / 4294967296) * 2 - 1));
  const total = parts.reduce((a, b) => a + b, 0);
  // Terms cancel: the sum is as good as its terms are large.
  const scale = parts.reduce((a, b) => a + Math.abs(b), 0);
  const allowed = tolerance.absolute + tolerance.relative * scale;
  const isRight = Math.abs(total - want.sum) <= allowed;
  return isRight ? undefined : `the weighted sum is ${String(total)}, not ${String(want.sum)}`;
}

const isNear = (a: number, e: number, { relative, absolute }: Tolerance): boolean =>
  Math.abs(a - e) <= absolute + relative * Math.abs(e);
