// Splits what a rows kernel computes into passes over its columns.
import type { Value } from "../ir/op.js";
import type { Group } from "./group.js";

/** Reductions and stores of a rows kernel, each with the pass in which it happens. */
export interface RowsPlan {
  readonly reductions: readonly { readonly value: Value; readonly pass: number }[];
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
  const reductions: { value: Value; pass: number }[] = [];
  /** The first pass in which a value can be had. */
  const from = (value: Value): number => {
    const known = passOf.get(value);
    if (known !== undefined) return known;
    let pass = 0;
    if (!isRead(value)) for (const operand of value.operands) pass = Math.max(pass, from(operand));
    if (!isRead(value) && value.op.lower.kind === "reduce") {
      reductions.push({ value, pass });
      pass += 1;
    }
    passOf.set(value, pass);
    return pass;
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
