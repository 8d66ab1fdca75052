// Cuts long chains of elementwise work: a kernel computes only so many steps in a row.
import type { Value } from "../ir/op.js";
import type { Program } from "../ir/program.js";
import { upstream } from "../ir/topology.js";

/** Most elementwise steps and views, one upon the other, between two values in memory. */
const mostSteps = 64;

/** Values to store so that no expression is deeper than a kernel should compute, operands first. */
export function deepValues(program: Program): Value[] {
  const depths = new Map<Value, number>();
  const cuts: Value[] = [];
  for (const value of upstream(program.outputs.map((o) => o.value))) {
    const { kind } = value.op.lower;
    const isStep = kind === "pointwise" || kind === "view";
    let depth = 0;
    if (isStep) for (const o of value.operands) depth = Math.max(depth, 1 + (depths.get(o) ?? 0));
    // A view costs no kernel of its own, so the next elementwise value is where a chain is cut.
    const isCut = depth >= mostSteps && kind === "pointwise";
    if (isCut) cuts.push(value);
    depths.set(value, isCut ? 0 : depth);
  }
  return cuts;
}
