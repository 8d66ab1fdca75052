// Numbers in a graph that are known: constants and sizes.
import type { Value } from "../ir/op.js";
import * as dims from "../types/dim.js";
import type { Dim } from "../types/dim.js";
import { bodyOf } from "./ranges.js";

/** A known number as a quotient of sizes. */
export interface Ratio {
  readonly num: Dim;
  readonly den: Dim;
}

/** The number that a value is everywhere, where it is a constant or a size; undefined for any other. */
export function constantIn(value: Value): Ratio | undefined {
  const [only] = value.operands;
  if (value.op.lower.kind === "view" && value.operands.length === 1 && only)
    return constantIn(only);
  const body = value.operands.length === 0 ? bodyOf(value) : undefined;
  const inner = body?.kind === "call" && body.fn === "convert" ? body.args[0] : body;
  if (inner?.kind === "dim") return { num: inner.dim, den: dims.int(1) };
  return inner?.kind === "literal" ? ratioOf(inner.value) : undefined;
}

/** Numbers that are no whole ones are taken as ratios of whole ones where that is exact. */
export function ratioOf(x: number): Ratio | undefined {
  const scale = 2 ** 20;
  if (!Number.isSafeInteger(x * scale) || x === 0) return undefined;
  return Number.isInteger(x)
    ? { num: dims.int(x), den: dims.int(1) }
    : { num: dims.int(x * scale), den: dims.int(scale) };
}
