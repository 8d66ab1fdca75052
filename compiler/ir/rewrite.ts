// Rebuilding programs: the one way in which passes change graphs.
import { Graph } from "./graph.js";
import { InternalError } from "./internal-error.js";
import type { Value } from "./op.js";
import type { Program } from "./program.js";
import { upstream } from "./topology.js";

/** What becomes of a value whose operands were rebuilt: an earlier value of the new graph, or one emitted into it. */
export type Visit = (value: Value, operands: readonly Value[], graph: Graph) => Value;

/** The same use of an op in the new graph. */
export const again: Visit = (value, operands, graph) => graph.emit(value.op, operands, value.attrs);

/** Rebuilds what the outputs of a program need, operands first, in a new graph. Outputs keep names, roles and order. */
export function rewrite(program: Program, visit: Visit): Program {
  const graph = new Graph();
  const rebuilt = new Map<Value, Value>();
  const find = (value: Value): Value => {
    const found = rebuilt.get(value);
    if (!found) throw new InternalError(`${value.op.name} was not rebuilt in time`, value.spans);
    return found;
  };
  for (const value of upstream(program.outputs.map((o) => o.value))) {
    graph.at = value.spans;
    rebuilt.set(value, visit(value, value.operands.map(find), graph));
  }
  graph.at = [];
  return { graph, outputs: program.outputs.map((o) => ({ ...o, value: find(o.value) })) };
}
