// Sets types side by side and finds the axes in which they differ.
import type { Span } from "../../grammar/source.js";
import { same, type Dim } from "../types/dim.js";
import { showAxis, type TensorType } from "../types/tensor.js";
import type { ComparisonRow } from "./diagnostic.js";

/** A type under the name that the reader knows it by. */
export interface Named {
  readonly name: string;
  readonly type: TensorType;
  /** Where it is written, where it is. */
  readonly span?: Span;
}

/** One row with some axes marked; axes may be counted from the back by negative numbers. */
export function row({ name, type }: Named, marks: readonly number[] = []): ComparisonRow {
  const rank = type.shape.length;
  return {
    name: shortened(name),
    dtype: type.dtype,
    axes: type.shape.map(showAxis),
    marks: marks.map((m) => (m < 0 ? rank + m : m)).filter((m) => m >= 0 && m < rank),
  };
}

/** A piece of source on one line, cut where it is long. */
export function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length <= longest ? line : `${line.slice(0, longest - 3)}...`;
}

/** Most characters of a name in a comparison. */
const longest = 40;

/** Two types with every axis marked that differs, trailing axes aligned. */
export function compareTypes(left: Named, right: Named): readonly ComparisonRow[] {
  const [a, b] = differingAxes(left.type.shape, right.type.shape);
  const rows = [row(left, a), row(right, b)];
  return left.type.dtype === right.type.dtype
    ? rows
    : rows.map((r) => ({ ...r, isDtypeMarked: true }));
}

/** Two types of which only the dtypes matter. */
export const compareDtypes = (left: Named, right: Named): readonly ComparisonRow[] =>
  [row(left), row(right)].map((r) => ({ ...r, isDtypeMarked: true }));

/**
 * The axes in which two shapes differ, a list for each. Of two shapes of different rank, the axes that are alike at
 * the front and at the back are matched first, and what lies between is marked.
 */
export function differingAxes(
  a: readonly Dim[],
  b: readonly Dim[],
): readonly [readonly number[], readonly number[]] {
  const alike = (x: Dim | undefined, y: Dim | undefined): boolean =>
    x !== undefined && y !== undefined && same(x, y);
  if (a.length === b.length) {
    const axes = a.flatMap((d, i) => (alike(d, b[i]) ? [] : [i]));
    return [axes, axes];
  }
  const shorter = Math.min(a.length, b.length);
  let back = 0;
  while (back < shorter && alike(a[a.length - 1 - back], b[b.length - 1 - back])) back++;
  let front = 0;
  while (front < shorter - back && alike(a[front], b[front])) front++;
  const middle = (length: number): readonly number[] =>
    Array.from({ length: length - back - front }, (_, i) => front + i);
  return [middle(a.length), middle(b.length)];
}
