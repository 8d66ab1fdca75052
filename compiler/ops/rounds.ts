// Builds scans: cuts the body out of the graph in which one round was emitted, and emits what all rounds give.
import { Graph } from "../ir/graph.js";
import type { Emitter, Value } from "../ir/op.js";
import type { Output, Program, ScanSpec } from "../ir/program.js";
import { upstream } from "../ir/topology.js";
import type { Dim } from "../types/dim.js";
import { bodyLeaf, scan } from "./scan.js";

/** One round of a scan as it was emitted: around leaves that stand for the states and the elements. */
export interface Round {
  /** What the states start from, and the leaves that stand for them. */
  readonly starts: readonly Value[];
  readonly states: readonly Value[];
  /** What is gone through along its first axis, and the leaves that stand for one element. */
  readonly sequences: readonly Value[];
  readonly elements: readonly Value[];
  /** Number of rounds. */
  readonly length: Dim;
  /** How many outputs after the states are added up; none where left out. */
  readonly sums?: number;
  /** The next states, then what is added up, then what is collected. */
  readonly outputs: readonly Value[];
}

/**
 * Emits the outputs of all rounds, each along a new first axis or added up. Whatever in a round does not depend on states or elements is
 * computed once, before the first round.
 */
export function emitScan(graph: Emitter, given: Round): Value[] {
  const round = withoutUnread(given);
  const { starts, sequences, sums = 0, length, outputs } = round;
  const { body, constants } = bodyOf(round);
  const operands = [...starts, ...sequences, ...constants];
  const shared = { body, states: starts.length, sequences: sequences.length, sums, length };
  return outputs.map((_, result) => {
    const spec: ScanSpec = { ...shared, result };
    return graph.emit(scan.op, operands, spec);
  });
}

/** The round without sequences of which it reads no element. */
function withoutUnread(round: Round): Round {
  const read = new Set(upstream(round.outputs));
  const isRead = (_: unknown, i: number): boolean => {
    const element = round.elements[i];
    return element !== undefined && read.has(element);
  };
  const { elements, sequences } = round;
  return { ...round, elements: elements.filter(isRead), sequences: sequences.filter(isRead) };
}

interface Cut {
  readonly body: Program;
  /** Values from outside that the body uses as they are. */
  readonly constants: readonly Value[];
}

function bodyOf({ states, elements, outputs }: Round): Cut {
  const graph = new Graph();
  const inner = new Map<Value, Value>();
  for (const [operand, leaf] of [...states, ...elements].entries())
    inner.set(leaf, bodyLeaf(graph, operand, leaf.type));
  const varying = new Set<Value>(inner.keys());
  const constants: Value[] = [];
  const brought = (value: Value): Value =>
    bodyLeaf(graph, states.length + elements.length + constants.push(value) - 1, value.type);
  const insideOf = (value: Value): Value => {
    const known = inner.get(value);
    if (known) return known;
    const made = isNumber(value) ? again(value) : brought(value);
    inner.set(value, made);
    return made;
  };
  const again = (value: Value): Value => {
    graph.at = value.spans;
    return graph.emit(value.op, value.operands.map(insideOf), value.attrs);
  };
  for (const value of upstream(outputs)) {
    if (inner.has(value) || !value.operands.some((o) => varying.has(o))) continue;
    varying.add(value);
    inner.set(value, again(value));
  }
  const named = outputs.map((value, i): Output => {
    return { name: String(i), role: "result", value: insideOf(value) };
  });
  graph.at = [];
  return { body: { graph, outputs: named }, constants };
}

/** Whether a value is the same number everywhere, or counts: what is cheaper to have again than to bring in. */
function isNumber({ op, operands }: Value): boolean {
  const [only] = operands;
  if (op.lower.kind === "pointwise") return operands.length === 0;
  return op.lower.kind === "view" && operands.length === 1 && only !== undefined && isNumber(only);
}
