// Fusion groups: values that one kernel computes together, and where a value lies in the kernel's space.
import type { Value } from "../ir/op.js";
import { add, freshSym, int, mul, numel, symbol, type Dim } from "../types/dim.js";

/** How an element of a value relates to the space of a kernel: one for each element of it, or one for each row. */
export type Level = "element" | "row";

/** The kind of kernel a group becomes; a loop becomes several, which run once for each round of a scan, and so may what is fused. */
export type GroupKind = "map" | "rows" | "contract" | "scatter" | "loop" | "fused";

/** Values computed by one kernel. Mutable while groups form. */
export interface Group {
  readonly id: number;
  readonly kind: GroupKind;
  /** The shape whose elements the kernel runs over: of the result, or of what is reduced. */
  readonly shape: readonly Dim[];
  /** Reduced axes of a rows kernel. */
  readonly axes: readonly number[];
  readonly members: Map<Value, Level>;
  /** Groups whose results it needs. */
  readonly needs: Set<Group>;
  /** Members written to memory. */
  readonly stores: Set<Value>;
  /** Members of other groups that it computes again instead of reading them. */
  readonly recomputes: Set<Value>;
}

let nextId = 0;

/** A group without members. */
export const newGroup = (
  kind: GroupKind,
  shape: readonly Dim[],
  axes: readonly number[] = [],
): Group => ({
  id: nextId++,
  kind,
  shape,
  axes,
  members: new Map(),
  needs: new Set(),
  stores: new Set(),
  recomputes: new Set(),
});

/** Number of rows of a rows group. */
export const rowsOf = (group: Group): Dim =>
  numel(group.shape.filter((_, axis) => !group.axes.includes(axis)));

/** The levels at which a value could live in a group, by its number of elements alone. */
export function levelsOf(value: Value, group: Group): Level[] {
  const count = numel(value.type.shape).key;
  const levels: Level[] = [];
  if (count === numel(group.shape).key) levels.push("element");
  if (group.kind === "rows" && count === rowsOf(group).key) levels.push("row");
  return levels;
}

/** Symbols that stand for a general place in the space of a group. */
export interface Probe {
  readonly row: Dim;
  /** Index along each axis of the group's shape. */
  readonly at: readonly Dim[];
  /** Row-major index of `at`. */
  readonly linear: Dim;
}

/** A probe of a space whose rows are the axes not in `axes`. */
export function probe(shape: readonly Dim[], axes: readonly number[]): Probe {
  const at = shape.map((size) => symbol(freshSym("p", "index", undefined, size)));
  let row = int(0);
  let linear = int(0);
  for (const [axis, size] of shape.entries()) {
    const index = at[axis] ?? int(0);
    linear = add(mul(linear, size), index);
    if (!axes.includes(axis)) row = add(mul(row, size), index);
  }
  return { row, at, linear };
}

/** Whether `to` is reached from `from` along needs. */
export function reaches(from: Group, to: Group, seen: Set<Group> = new Set()): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  for (const need of from.needs) if (reaches(need, to, seen)) return true;
  return false;
}
