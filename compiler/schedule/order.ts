// Merges groups that run over the same space, and puts kernels in order.
import type { Value } from "../ir/op.js";
import type { Partition } from "./fuse.js";
import { numel } from "../types/dim.js";
import { sameShape } from "../types/tensor.js";
import type { Group } from "./group.js";
import { isGiven, isWord } from "./stores.js";

/** A group that has been decided: what it reads and writes. */
export interface Planned {
  readonly group: Group;
  readonly reads: ReadonlySet<Value>;
  readonly writes: ReadonlySet<Value>;
}

/** Whether `group` reads a value from memory rather than computing it. */
export function readsFromMemory(value: Value, group: Group, partition: Partition): boolean {
  if (isGiven(value)) return !isWord(value);
  const home = partition.groupOf.get(value);
  return (
    home !== undefined && home !== group && home.stores.has(value) && !group.recomputes.has(value)
  );
}

/** Values in memory that the stores of a group are computed from. */
function readsOf(group: Group, partition: Partition): Set<Value> {
  const reads = new Set<Value>();
  const seen = new Set<Value>();
  const visit = (value: Value): void => {
    if (seen.has(value)) return;
    seen.add(value);
    if (readsFromMemory(value, group, partition)) reads.add(value);
    else value.operands.forEach(visit);
  };
  for (const value of group.stores) {
    if (isGiven(value)) continue;
    seen.add(value);
    value.operands.forEach(visit);
  }
  return reads;
}

/** Orders groups so that each runs after what it reads, in the order of the program otherwise; merges alike ones first. */
export function orderGroups(
  groups: readonly Group[],
  partition: Partition,
  mostBindings: number,
): Planned[] {
  const planned = groups.map((group): Planned => ({
    group,
    reads: readsOf(group, partition),
    writes: group.stores,
  }));
  return sorted(merged(planned, partition, mostBindings), partition);
}

/** Groups that each one waits for, directly. */
function needs(planned: readonly Planned[], partition: Partition): Map<Group, Set<Group>> {
  return new Map(
    planned.map(({ group, reads }) => {
      const homes = [...reads].flatMap((v) => partition.groupOf.get(v) ?? []);
      return [group, new Set(homes.filter((g) => g !== group))];
    }),
  );
}

/** Merges neighbours over the same space without a path between them, while bindings suffice. */
function merged(
  planned: readonly Planned[],
  partition: Partition,
  mostBindings: number,
): Planned[] {
  const result: Planned[] = [];
  const waits = needs(planned, partition);
  for (const next of sorted(planned, partition)) {
    const at = result.findLastIndex(
      (known) =>
        isMergeable(known, next, partition, mostBindings) &&
        !isBetween(known.group, next.group, waits),
    );
    const known = result[at];
    if (!known) {
      result.push(next);
      continue;
    }
    absorb(known.group, next.group, partition, waits);
    result[at] = {
      group: known.group,
      reads: readsOf(known.group, partition),
      writes: known.group.stores,
    };
  }
  return result;
}

function isMergeable(a: Planned, b: Planned, partition: Partition, mostBindings: number): boolean {
  if (a.group.kind !== b.group.kind) return false;
  const passed = [...b.reads].filter((v) => a.writes.has(v));
  const reads = new Set([...a.reads, ...b.reads].filter((v) => !a.writes.has(v)));
  if (reads.size + a.writes.size + b.writes.size > mostBindings) return false;
  if (a.group.kind === "rows")
    return (
      passed.length === 0 &&
      sameShape(a.group.shape, b.group.shape) &&
      sameAxes(a.group.axes, b.group.axes)
    );
  if (a.group.kind !== "map" || numel(a.group.shape).key !== numel(b.group.shape).key) return false;
  const isShared = passed.length > 0 || [...b.reads].some((v) => a.reads.has(v));
  return isShared && isAligned(b.group, new Set(passed), partition);
}

/** Whether a map uses values only where it computes: never through a view. */
function isAligned(group: Group, values: ReadonlySet<Value>, partition: Partition): boolean {
  const seen = new Set<string>();
  const visit = (value: Value, isMoved: boolean): boolean => {
    const key = `${String(value.id)} ${String(isMoved)}`;
    if (seen.has(key)) return true;
    seen.add(key);
    if (values.has(value)) return !isMoved;
    if (readsFromMemory(value, group, partition)) return true;
    return value.operands.every((o) => visit(o, isMoved || value.op.lower.kind === "view"));
  };
  return (
    values.size === 0 ||
    [...group.stores].every((store) =>
      store.operands.every((o) => visit(o, store.op.lower.kind === "view")),
    )
  );
}

const sameAxes = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((axis) => b.includes(axis));

/** Whether something that `later` waits for waits for `earlier`. */
function isBetween(
  earlier: Group,
  later: Group,
  waits: ReadonlyMap<Group, ReadonlySet<Group>>,
): boolean {
  const seen = new Set<Group>();
  const stack = [...(waits.get(later) ?? [])].filter((g) => g !== earlier);
  for (let group = stack.pop(); group; group = stack.pop()) {
    if (group === earlier) return true;
    if (seen.has(group)) continue;
    seen.add(group);
    stack.push(...(waits.get(group) ?? []));
  }
  return false;
}

function absorb(
  into: Group,
  from: Group,
  partition: Partition,
  waits: Map<Group, Set<Group>>,
): void {
  for (const [value, level] of from.members) {
    into.members.set(value, level);
    partition.groupOf.set(value, into);
  }
  for (const value of from.stores) into.stores.add(value);
  for (const value of from.recomputes) if (!into.members.has(value)) into.recomputes.add(value);
  for (const need of waits.get(from) ?? []) if (need !== into) waits.get(into)?.add(need);
  waits.delete(from);
  for (const set of waits.values()) if (set.delete(from)) set.add(into);
}

/** Topological order; among those that are ready, the one whose earliest store comes first in the program. */
function sorted(planned: readonly Planned[], partition: Partition): Planned[] {
  const waits = needs(planned, partition);
  const position = new Map(
    planned.map((p) => [p.group, Math.min(...[...p.writes].map((v) => v.id))]),
  );
  const rest = [...planned].sort(
    (a, b) => (position.get(a.group) ?? 0) - (position.get(b.group) ?? 0),
  );
  const done = new Set<Group>();
  const order: Planned[] = [];
  while (rest.length > 0) {
    const at = rest.findIndex((p) => [...(waits.get(p.group) ?? [])].every((g) => done.has(g)));
    const [next] = rest.splice(at, 1);
    if (at < 0 || !next) throw new Error("fusion groups wait for each other");
    done.add(next.group);
    order.push(next);
  }
  return order;
}
