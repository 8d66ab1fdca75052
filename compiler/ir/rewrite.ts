// Rebuilding programs: the one way in which passes change graphs.
import { Graph } from "./graph.js";
import { InternalError } from "./internal-error.js";
import type { Value } from "./op.js";
import type { Program, ScanSpec } from "./program.js";
import { upstream } from "./topology.js";

/** What becomes of a value whose operands were rebuilt: an earlier value of the new graph, or one emitted into it. */
export type Visit = (value: Value, operands: readonly Value[], graph: Graph) => Value;

/** The same use of an op in the new graph. */
export const again: Visit = (value, operands, graph) => graph.emit(value.op, operands, value.attrs);

/** Rebuilds what the outputs of a program need, operands first, in a new graph. Outputs keep names, roles and order. */
export function rewrite(program: Program, visit: Visit, graph: Graph = new Graph()): Program {
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

/** The program with the bodies of its scans changed; the same program where it has none. */
export function rewriteBodies(program: Program, change: (body: Program) => Program): Program {
  if (!program.graph.values.some((v) => v.op.lower.kind === "scan")) return program;
  const changed = new Map<Program, Program>();
  return rewrite(program, (value, operands, graph) => {
    if (value.op.lower.kind !== "scan") return again(value, operands, graph);
    const spec = value.attrs as ScanSpec;
    const body = changed.get(spec.body) ?? change(spec.body);
    changed.set(spec.body, body);
    return graph.emit(value.op, operands, { ...spec, body });
  });
}
