// The pullback of a scan: a scan from the last round to the first, over the states that the first one kept.
import type { Value } from "../ir/op.js";
import { isSum, type ScanSpec } from "../ir/program.js";
import { upstream } from "../ir/topology.js";
import { expandDims } from "../ops/build.js";
import {
  bodyLeaves,
  concat,
  fillLike,
  flip,
  leafOf,
  reshape,
  sliceAxis,
  spread,
} from "../ops/index.js";
import { int, sub } from "../types/dim.js";
import { isFloat } from "../types/dtype.js";
import { Gathering } from "./gathering.js";

/** Emits the pullback of several values of one graph, as `pullbackAll` does. */
type Pull = (
  outputs: readonly Value[],
  seeds: readonly Value[],
  wrt: readonly Value[],
) => readonly (Value | null)[];

/** A result of a scan with its cotangent. */
export interface ScanResult {
  readonly value: Value;
  readonly cotangent: Value;
}

const specOf = (value: Value): ScanSpec => value.attrs as ScanSpec;

/**
 * The cotangents of the operands of a scan, null where none arrives. A round computes again what the body computes, from
 * the state that it started from. What is the same in all rounds has as its cotangent a sum over them, which is taken
 * behind the scan: of products, as one product of what goes into them.
 */
export function pullScan(
  results: readonly ScanResult[],
  isActive: (operand: Value) => boolean,
  pull: Pull,
): readonly (Value | null)[] {
  const [first] = results;
  if (!first) return [];
  const { graph, operands } = first.value;
  const { states, sequences, length } = specOf(first.value);
  const round = againIn(first.value);
  const active = activeOperands(first.value, isActive);
  const carried = active.filter((operand) => operand < states);
  const leaving = carried.map((operand) => round.outputs[operand] ?? first.value);
  const given = results.map(({ value, cotangent }) => {
    const spec = specOf(value);
    // What goes into a sum has the cotangent of the sum, in every round.
    const isAdded = isSum(spec, spec.result);
    const rows = isAdded ? spread(cotangent, [length, ...value.type.shape], [0]) : cotangent;
    return { output: round.outputs[spec.result] ?? value, cotangent: rows };
  });
  const carriedSeeds = leaving.map((v) => standIn(v));
  const givenSeeds = given.map(({ output }) => standIn(output));
  const inner = active.map((operand) => round.inside.get(operand) ?? first.value);
  const pulled = pull(
    [...leaving, ...given.map((g) => g.output)],
    [...carriedSeeds, ...givenSeeds],
    inner,
  );
  const cotangents = new Map(active.map((operand, i) => [operand, pulled[i] ?? null]));
  const followed = [...round.inside].filter(([operand]) => operand < states + sequences);
  const gathering = new Gathering(graph, {
    length,
    starts: leaving.map((state) => fillLike(state, 0)),
    states: carriedSeeds,
    sequences: [
      ...followed.map(([operand]) => flip(alongRounds(first.value, operand), 0)),
      ...given.map(({ cotangent }) => flip(cotangent, 0)),
    ],
    elements: [...followed.map(([, leaf]) => leaf), ...givenSeeds],
    outputs: carried.map(
      (operand, i) => cotangents.get(operand) ?? fillLike(leaving[i] ?? first.value, 0),
    ),
  });
  const wanted = operands.map((_, operand) => {
    const cotangent = cotangents.get(operand);
    if (operand < states) return gathering.last(carried.indexOf(operand));
    if (!cotangent) return undefined;
    if (operand >= states + sequences) return gathering.sum(cotangent);
    const rows = gathering.stacked(cotangent);
    return () => flip(rows(), 0);
  });
  gathering.emit();
  return wanted.map((result) => result?.() ?? null);
}

/** A body emitted again in the graph of its scan. */
interface Again {
  /** What stands for each operand that the body reads. */
  readonly inside: ReadonlyMap<number, Value>;
  readonly outputs: readonly Value[];
}

function againIn(value: Value): Again {
  const { graph, operands } = value;
  const { body, states, sequences } = specOf(value);
  const inside = new Map<number, Value>();
  const made = new Map<Value, Value>();
  for (const { leaf, operand } of bodyLeaves(body)) {
    const outer = operands[operand];
    if (!outer) continue;
    // A copy of a constant, so that what flows to it does not flow on from there.
    const isConstant = operand >= states + sequences;
    const stands = isConstant ? reshape(outer, { shape: outer.type.shape }) : standIn(leaf, graph);
    inside.set(operand, stands);
    made.set(leaf, stands);
  }
  const before = graph.at;
  const find = (v: Value): Value => made.get(v) ?? v;
  for (const v of upstream(body.outputs.map((o) => o.value))) {
    if (made.has(v)) continue;
    graph.at = [...v.spans];
    made.set(v, graph.emit(v.op, v.operands.map(find), v.attrs));
  }
  graph.at = before;
  return { inside, outputs: body.outputs.map((o) => find(o.value)) };
}

/** A leaf of the type of a value, for one round. */
const standIn = ({ type, graph }: Value, at = graph): Value =>
  leafOf(at, { name: "%", role: "input", ...type });

/** Operands that the body reads and to which something flows; states also where it flows to what they become. */
function activeOperands(value: Value, isActive: (operand: Value) => boolean): number[] {
  const { body, states } = specOf(value);
  const leaves = bodyLeaves(body).filter(({ leaf }) => isFloat(leaf.type.dtype));
  const order = upstream(body.outputs.map((o) => o.value));
  const active = new Set<number>();
  for (const { operand } of leaves) {
    const outer = value.operands[operand];
    if (outer && isActive(outer)) active.add(operand);
  }
  for (let before = -1; before < active.size;) {
    before = active.size;
    const roots = leaves.flatMap((l) => (active.has(l.operand) ? [l.leaf] : []));
    const reached = reachedFrom(roots, order);
    for (const { operand } of leaves) {
      const next = body.outputs[operand]?.value;
      if (operand < states && next && reached.has(next)) active.add(operand);
    }
  }
  return [...active].sort((a, b) => a - b);
}

/** What some values flow to through floats; operands come first in `order`. */
function reachedFrom(roots: readonly Value[], order: readonly Value[]): ReadonlySet<Value> {
  const reached = new Set(roots);
  for (const v of order) {
    if (isFloat(v.type.dtype) && v.operands.some((o) => reached.has(o))) reached.add(v);
  }
  return reached;
}

/** An operand by rounds: a sequence as it is, a state as each round found it. */
function alongRounds(value: Value, operand: number): Value {
  const { states, length } = specOf(value);
  const outer = value.operands[operand] ?? value;
  if (operand >= states) return outer;
  const all = value.graph.emit(value.op, value.operands, { ...value.attrs, result: operand });
  const left = sliceAxis(all, 0, int(0), sub(length, int(1)));
  return concat(expandDims(outer, [0]), left, { axis: 0 });
}
