// Splits what a rows kernel computes into passes over its columns.
import type { Value } from "../ir/op.js";
import { followOf, type Follow } from "./follow.js";
import type { Group } from "./group.js";

/** A reduction of a row, the pass that computes it, and how it follows another one of that pass whose result it uses. */
export interface RowReduction {
  readonly value: Value;
  readonly pass: number;
  readonly follows?: Follow;
}

/** Reductions and stores of a rows kernel, each with the pass in which it happens. */
export interface RowsPlan {
  /** In order of dependency: a leader stands before what follows it. */
  readonly reductions: readonly RowReduction[];
  readonly stores: readonly {
    readonly value: Value;
    readonly at: "row" | "element";
    readonly pass: number;
  }[];
  readonly passes: number;
}

/** Plans the passes that the stores of `group` need. `isRead` tells what comes from memory. */
export function planRows(group: Group, isRead: (value: Value) => boolean): RowsPlan {
  const passOf = new Map<Value, number>();
  const reductions: RowReduction[] = [];
  /** The first pass in which a value can be had. */
  const from = (value: Value): number => {
    const known = passOf.get(value);
    if (known !== undefined) return known;
    let pass = 0;
    if (!isRead(value)) for (const operand of value.operands) pass = Math.max(pass, from(operand));
    if (!isRead(value) && value.op.lower.kind === "reduce") {
      const reduction = joined(value, pass);
      reductions.push(reduction);
      pass = reduction.pass + 1;
    }
    passOf.set(value, pass);
    return pass;
  };
  /** A reduction in the pass where it could first be had, or in the one before, with a leader found there. */
  const joined = (value: Value, pass: number): RowReduction => {
    for (const leader of reductions) {
      if (leader.pass !== pass - 1 || leader.follows) continue;
      const others = reductions.filter((r) => r !== leader && r.pass >= leader.pass);
      if (uses(value, new Set(others.map((r) => r.value)), isRead)) continue;
      const follows = followOf(value, leader.value);
      if (follows) return { value, pass: leader.pass, follows };
    }
    return { value, pass };
  };
  const stores = [...group.stores].map((value) => {
    const pass = from(value);
    return { value, at: group.members.get(value) ?? "element", pass };
  });
  const last = (pass: number, isRow: boolean): number => (isRow ? pass : pass + 1);
  const passes = Math.max(
    0,
    ...stores.map((s) => last(s.pass, s.at === "row")),
    ...reductions.map((r) => r.pass + 1),
  );
  return { reductions, stores, passes };
}

/** Whether a value is computed here from any of `others`. */
function uses(
  value: Value,
  others: ReadonlySet<Value>,
  isRead: (value: Value) => boolean,
): boolean {
  const seen = new Set([value]);
  for (const v of seen) {
    if (others.has(v)) return true;
    if (v === value || !isRead(v)) for (const operand of v.operands) seen.add(operand);
  }
  return false;
}
