// Chooses what a kernel hands on to later ones: the smallest set of values from which they compute all they need again.
import type { Value } from "../ir/op.js";
import type { Program } from "../ir/program.js";
import { evaluate, numel } from "../types/dim.js";
import { dtypes } from "../types/dtype.js";
import { operationsOf } from "./cost.js";
import { smallestCut } from "./flow.js";
import type { Partition } from "./fuse.js";
import type { Group } from "./group.js";

/** What crosses from one kernel to another, decided before anything is stored. */
export interface Cuts {
  /** Values that are stored where a later kernel needs them. */
  readonly kept: ReadonlySet<Value>;
  /** Values that later kernels compute again, down to those that are kept. */
  readonly again: ReadonlySet<Value>;
}

/** Nothing decided beforehand. */
export const noCuts: Cuts = { kept: new Set(), again: new Set() };

/** Most values of which a cut is sought: more of them are a chain that is cut in other ways. */
const mostValues = 96;

/** Most operations that later kernels repeat for each element of what one kernel hands on. */
const mostOperations = 48;

/**
 * Cuts of all groups. A group that computes several values which later kernels use element by element, such as the parts of
 * an activation that its gradient asks for, hands on the fewest elements that determine all of them: a smallest cut between
 * what is dear (the product or reduction itself, transcendental functions) and what is needed.
 */
export function chooseCuts(program: Program, partition: Partition): Cuts {
  const [kept, again] = [new Set<Value>(), new Set<Value>()];
  const results = new Set(program.outputs.map((o) => o.value));
  const uses = new Uses(partition);
  const needs = new Map<Group, Value[]>();
  for (const value of partition.live) {
    const home = partition.groupOf.get(value);
    if (home && uses.leaves(value, home)) needs.set(home, [...(needs.get(home) ?? []), value]);
  }
  for (const [group, needed] of needs) {
    if (needed.length < 2 || !isAnchored(group)) continue;
    const isForced = (v: Value): boolean => results.has(v) || uses.isReadOften(v, group);
    const cut = cutOf(group, needed, isForced, partition);
    if (!cut) continue;
    for (const value of cut.kept) kept.add(value);
    for (const value of cut.again) again.add(value);
  }
  return { kept, again };
}

/** Whether a group is built around a product or a reduction: long chains of maps are cut by their depth. */
const isAnchored = ({ kind }: Group): boolean => kind === "contract" || kind === "rows";

/** Kernels that use a value, also through values that have none of their own: two of them tell whether one is not the value's own. */
interface Users {
  readonly any: readonly (Group | undefined)[];
  /** Those that read an element many times or need it in memory. */
  readonly often: readonly (Group | undefined)[];
}

/** How values are used outside of the group that computes them. */
class Uses {
  readonly #users = new Map<Value, Users>();

  constructor({ live, usersOf, groupOf }: Partition) {
    for (const value of [...live].reverse()) {
      const users = (usersOf.get(value) ?? []).map((user): Users => {
        const group = groupOf.get(user);
        const further = this.#users.get(user);
        // What ends in no kernel is a result, which needs memory.
        if (!group) return further?.any.length ? further : { any: [undefined], often: [undefined] };
        const { kind } = user.op.lower;
        const isOnce = kind === "pointwise" || kind === "reduce";
        return { any: [group], often: isOnce ? [] : [group] };
      });
      const two = (groups: readonly (Group | undefined)[]): (Group | undefined)[] =>
        [...new Set(groups)].slice(0, 2);
      this.#users.set(value, {
        any: two(users.flatMap((u) => u.any)),
        often: two(users.flatMap((u) => u.often)),
      });
    }
  }

  /** Whether some other kernel needs a value. */
  leaves(value: Value, home: Group): boolean {
    return this.#users.get(value)?.any.some((g) => g !== home) === true;
  }

  /** Whether another kernel reads an element many times, or needs it in memory. */
  isReadOften(value: Value, home: Group): boolean {
    return this.#users.get(value)?.often.some((g) => g !== home) === true;
  }
}

function cutOf(
  group: Group,
  needed: readonly Value[],
  isForced: (value: Value) => boolean,
  { groupOf }: Partition,
): { readonly kept: readonly Value[]; readonly again: readonly Value[] } | undefined {
  const isOwn = (v: Value): boolean => groupOf.get(v) === group;
  const isCheap = (v: Value): boolean =>
    v.op.lower.kind === "pointwise" && isOwn(v) && !operationsOf(v).isCostly;
  // What later kernels could compute again, up to values that are dear or there anyway.
  const inside = new Set(needed);
  const sources = new Set<Value>();
  for (const value of inside) {
    if (inside.size > mostValues) return undefined;
    if (!isCheap(value)) {
      sources.add(value);
      continue;
    }
    for (const operand of value.operands) if (isOwn(operand)) inside.add(operand);
  }
  const values = [...inside];
  const cut = smallestCut(
    values.map((value) => ({
      value,
      weight: isForced(value) ? 0 : weightOf(value),
      isSource: sources.has(value),
      isNeeded: needed.includes(value) && !isForced(value),
      from: sources.has(value) ? [] : value.operands.filter((o) => inside.has(o)),
    })),
  );
  const forced = needed.filter(isForced);
  const kept = [...new Set([...cut.kept, ...forced])];
  const isFewer = cut.weight < sum(needed.filter((v) => !isForced(v)).map(weightOf));
  const operations = sum(cut.again.map((v) => operationsOf(v).operations));
  return isFewer && operations <= mostOperations ? { kept, again: cut.again } : undefined;
}

/** Bytes of a value, where a size that is not known counts as a few dozen. */
function weightOf({ type }: Value): number {
  return dtypes[type.dtype].bytes * (evaluate(numel(type.shape), () => 64) ?? Infinity);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
