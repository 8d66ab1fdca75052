// Scans do no more than is asked of them: outputs and operands that nobody reads go, and equal ones become one.
import { Graph } from "../ir/graph.js";
import type { Value } from "../ir/op.js";
import { isSum, type Output, type Program, type ScanSpec } from "../ir/program.js";
import { again, rewrite } from "../ir/rewrite.js";
import { scansIn, upstream } from "../ir/topology.js";
import { bodyLeaf, bodyLeaves } from "../ops/index.js";

/** What becomes of a scan. */
interface Lean {
  /** Numbers of the operands that are left, in their new order. */
  readonly operands: readonly number[];
  readonly shared: Omit<ScanSpec, "result">;
  /** The new number of a result. */
  resultOf(result: number): number;
  /** Results in the new graph. */
  readonly emitted: Map<number, Value>;
}

const specOf = (value: Value): ScanSpec => value.attrs as ScanSpec;

/** Rebuilds a program with scans that compute what is read of them, once. */
export function leanScans(program: Program): Program {
  const order = upstream(program.outputs.map((o) => o.value));
  const lean = new Map<Value, Lean>();
  for (const [first, results] of scansIn(order)) {
    const made = leanOf(first, results);
    for (const value of results) lean.set(value, made);
  }
  if (lean.size === 0) return program;
  return rewrite(program, (value, operands, graph) => {
    const made = lean.get(value);
    if (!made) return again(value, operands, graph);
    const result = made.resultOf(specOf(value).result);
    const known = made.emitted.get(result);
    if (known) return known;
    const left = made.operands.flatMap((i) => operands[i] ?? []);
    const emitted = graph.emit(value.op, left, { ...made.shared, result });
    made.emitted.set(result, emitted);
    return emitted;
  });
}

function leanOf(scan: Value, results: readonly Value[]): Lean {
  const spec = specOf(scan);
  const { body, states, sequences, length } = spec;
  const values = body.outputs.map((o) => o.value);
  const firstLike = (output: number): number =>
    values.findIndex((v, i) => v === values[output] && isSum(spec, i) === isSum(spec, output));
  const asked = results.map((v) => firstLike(specOf(v).result));
  const read = readBy(specOf(scan), asked);
  const carried = read.filter((i) => i < states);
  /** The first operand that the body may read in place of this one. */
  const likeOperand = (operand: number): number => {
    if (operand < states) return operand;
    const isSequence = (i: number): boolean => i < states + sequences;
    const isLike = (i: number): boolean =>
      i >= states &&
      isSequence(i) === isSequence(operand) &&
      scan.operands[i] === scan.operands[operand];
    return read.find(isLike) ?? operand;
  };
  const operands = [...new Set(read.map(likeOperand))];
  const others = [...new Set(asked.filter((i) => !carried.includes(i)))];
  const added = others.filter((i) => isSum(spec, i));
  const outputs = [...carried, ...added, ...others.filter((i) => !isSum(spec, i))];
  return {
    operands,
    emitted: new Map(),
    resultOf: (result) => outputs.indexOf(firstLike(result)),
    shared: {
      body: renumbered(body, outputs, (operand) => operands.indexOf(likeOperand(operand))),
      states: carried.length,
      sums: added.length,
      sequences: operands.filter((i) => i >= states && i < states + sequences).length,
      length,
    },
  };
}

/** Numbers of the operands that some outputs need, also by way of the states that they need, in order. */
function readBy({ body, states }: ScanSpec, outputs: readonly number[]): number[] {
  const leaves = bodyLeaves(body);
  const read = new Set<number>();
  const asked = new Set(outputs);
  for (const output of asked) {
    const needed = new Set(upstream([body.outputs[output]?.value].flatMap((v) => v ?? [])));
    for (const { leaf, operand } of leaves) {
      if (!needed.has(leaf)) continue;
      read.add(operand);
      if (operand < states) asked.add(operand);
    }
  }
  return [...read].sort((a, b) => a - b);
}

/** A body with some of its outputs, whose leaves stand for operands by other numbers. */
function renumbered(
  body: Program,
  outputs: readonly number[],
  numberOf: (operand: number) => number,
): Program {
  const operands = new Map(bodyLeaves(body).map(({ leaf, operand }) => [leaf, operand]));
  const made = new Map<number, Value>();
  const kept = outputs.flatMap((i) => body.outputs[i] ?? []);
  const named = kept.map((output, i): Output => ({ ...output, name: String(i) }));
  return rewrite({ graph: new Graph(), outputs: named }, (value, inner, graph) => {
    const operand = operands.get(value);
    if (operand === undefined) return again(value, inner, graph);
    const number = numberOf(operand);
    const leaf = made.get(number) ?? bodyLeaf(graph, number, value.type);
    made.set(number, leaf);
    return leaf;
  });
}
