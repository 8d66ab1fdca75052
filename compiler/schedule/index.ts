// Scheduling: a program becomes an ordered list of fusion groups, each of which one kernel computes.
import type { Value } from "../ir/op.js";
import type { Program } from "../ir/program.js";
import { InternalError } from "../ir/internal-error.js";
import { deepValues } from "./depth.js";
import { fuse, type Partition } from "./fuse.js";
import type { Group } from "./group.js";
import { orderGroups, readsFromMemory, type Planned } from "./order.js";
import { decideStores, isGiven } from "./stores.js";

export { planMemory, type Access, type Temporary } from "./memory.js";
export { formulaOf } from "./formula.js";
export { planRows, type RowReduction, type RowsPlan } from "./passes.js";
export type { Follow } from "./follow.js";
export { isGiven, isWord } from "./stores.js";
export type { Planned } from "./order.js";
export type { Group } from "./group.js";
export { roundOf, type Part, type RoundProgram } from "./round.js";

/** Groups in the order in which they run, and what each reads from memory. */
export interface Schedule {
  readonly order: readonly Planned[];
  isRead(value: Value, group: Group): boolean;
}

/** Rounds in which only groups are split that certainly need too many buffers. */
const carefulRounds = 8;

/** Groups, merges and orders the work of a program so that no kernel needs more than `mostBindings` storage buffers. */
export function schedule(program: Program, mostBindings: number): Schedule {
  const deep = deepValues(program);
  const apart = new Set<Value>(deep);
  const stored = new Set<Value>(deep);
  // Computing again what another kernel made may need more buffers than reading it.
  let withCuts = true;
  for (let round = 0; ; round++) {
    const partition = fuse(program, apart, stored);
    const groups = decideStores(program, partition, deep, withCuts);
    const order = orderGroups(groups, partition, mostBindings);
    // A loop is no kernel: those of its rounds are scheduled by themselves.
    const excess = order.filter(
      (p) => p.group.kind !== "loop" && p.reads.size + p.writes.size > mostBindings,
    );
    if (excess.length === 0)
      return { order, isRead: (value, group) => readsFromMemory(value, group, partition) };
    // Who reads what a split group wrote may have less to read the next time; long chains would take too many rounds so.
    const doubtful = new Set<Value>();
    for (const planned of excess) {
      const isSure = round >= carefulRounds || ![...planned.reads].some((v) => doubtful.has(v));
      for (const value of planned.writes) doubtful.add(value);
      if (!isSure || split(planned, partition, apart, stored)) continue;
      if (!withCuts) throw tooMany(planned);
      withCuts = false;
    }
  }
}

function tooMany({ group }: Planned): InternalError {
  const [anchor] = group.members.keys();
  return new InternalError(
    "a kernel needs more storage buffers than the device has",
    anchor?.spans,
  );
}

/** Takes the last value out of a group that needs too many bindings, or has one of its operands stored; false if it has none. */
function split(
  { group, reads }: Planned,
  partition: Partition,
  apart: Set<Value>,
  stored: Set<Value>,
): boolean {
  const last = [...group.members.keys()].slice(1).at(-1);
  if (last && !apart.has(last)) {
    apart.add(last);
    return true;
  }
  const inner = [...upstreamWithin(group, reads)].filter(
    (v) => !stored.has(v) && !isGiven(v) && !group.members.has(v),
  );
  const next = inner.find((v) => !partition.groupOf.has(v)) ?? inner[0];
  if (!next) return false;
  stored.add(next);
  return true;
}

/** Values that the kernel of a group computes on the way to its members, widest first. */
function upstreamWithin(group: Group, reads: ReadonlySet<Value>): Set<Value> {
  const found = new Set<Value>();
  const stack = [...group.members.keys()].flatMap((v) => v.operands);
  for (let value = stack.pop(); value; value = stack.pop()) {
    if (found.has(value) || reads.has(value)) continue;
    found.add(value);
    stack.push(...value.operands);
  }
  return new Set([...found].sort((a, b) => b.operands.length - a.operands.length || b.id - a.id));
}
