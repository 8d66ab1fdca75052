// One round of a scan as a program of its own: elements are read and results written at the number of the round.
import { Graph } from "../ir/graph.js";
import { InternalError } from "../ir/internal-error.js";
import type { Value } from "../ir/op.js";
import { isSum, type Program, type ScanSpec } from "../ir/program.js";
import { upstream } from "../ir/topology.js";
import { squeeze, expandDims } from "../ops/build.js";
import {
  add,
  bodyLeaves,
  concat,
  constantOf,
  eq,
  extentOf,
  leafOf,
  placeAxes,
  reshape,
  select,
  sliceAxis,
} from "../ops/index.js";
import { int, mul, numel, symbol, type Dim, type Sym } from "../types/dim.js";
import type { TensorType } from "../types/tensor.js";
import type { Group } from "./group.js";
import { isWord } from "./stores.js";

/** Memory that holds a state of all rounds, where nobody outside wants it. */
export interface History {
  readonly kind: "scratch";
  readonly dtype: TensorType["dtype"];
  readonly elements: Dim;
}

/** A value of a round that is part of something outside of it, from an element on. */
export interface Part {
  readonly value: Value;
  readonly of: Value | History;
  readonly from: Dim;
}

/** What one round computes, and where its values lie. */
export interface RoundProgram {
  readonly program: Program;
  readonly length: Dim;
  /** Leaves that are values from outside, and results that are rows of what is gathered. */
  readonly parts: readonly Part[];
  /** What the rounds write, each a row of it. */
  readonly gathered: readonly (Value | History)[];
}

/** One round of the scan that a group is. `round` is its number; `isRead` tells what is in memory outside. */
export function roundOf(group: Group, round: Sym, isRead: (value: Value) => boolean): RoundProgram {
  const [first] = group.stores;
  if (!first) throw new InternalError("a loop gathers nothing");
  const spec = first.attrs as ScanSpec;
  const wanted = wantedOutputs(spec, group);
  const outside = new Outside(isRead);
  const { graph } = outside;
  const gathered = new Map(wanted.map((k) => [k, whole(group, spec, k)]));
  const number = symbol(round);
  const row = (x: Value): Value => squeeze(sliceAxis(x, 0, number, int(1)), [0]);
  const state = (operand: number): Value => {
    const type = { ...gatheredType(spec, operand) };
    const history = leafOf(graph, { name: `history ${String(operand)}`, role: "input", ...type });
    outside.parts.push({ value: history, of: gathered.get(operand) ?? first, from: int(0) });
    const start = expandDims(outside.bring(operandOf(first, operand)), [0]);
    return row(concat(start, history, { axis: 0 }));
  };
  const made = new Map<Value, Value>();
  const outputs = wanted.map((k) => spec.body.outputs[k]?.value ?? first);
  const needed = new Set(upstream(outputs));
  for (const { leaf, operand } of bodyLeaves(spec.body)) {
    if (!needed.has(leaf)) continue;
    const isState = operand < spec.states;
    const brought = (): Value => outside.bring(operandOf(first, operand));
    const isConstant = operand >= spec.states + spec.sequences;
    made.set(leaf, isState ? state(operand) : isConstant ? brought() : row(brought()));
  }
  for (const value of needed) {
    if (made.has(value)) continue;
    graph.at = value.spans;
    const operands = value.operands.map((o) => made.get(o) ?? o);
    made.set(value, graph.emit(value.op, operands, value.attrs));
  }
  // What several values want is written for each of them.
  const targets = new Map([...gathered].map(([k, of]) => [of, k] as const));
  for (const store of group.stores) targets.set(store, (store.attrs as ScanSpec).result);
  const results = [...targets].map(([of, k]) => {
    const found = made.get(spec.body.outputs[k]?.value ?? first) ?? first;
    const isAdded = isSum(spec, k);
    const value = isAdded ? total(found, of, outside, number) : written(found, outside.parts);
    const from = isAdded ? int(0) : mul(number, numel(value.type.shape));
    outside.parts.push({ value, of, from });
    return { name: String(k), role: "result" as const, value };
  });
  const { parts } = outside;
  const program = { graph, outputs: results };
  return { program, length: spec.length, parts, gathered: [...targets.keys()] };
}

/** What is added up so far and this round's part: each element replaces itself. The first round finds nothing there yet. */
function total(part: Value, of: Value | History, { graph, parts }: Outside, round: Dim): Value {
  const { dtype, shape } = part.type;
  const before = leafOf(graph, {
    name: `sum ${String(parts.length)}`,
    role: "input",
    dtype,
    shape,
  });
  parts.push({ value: before, of, from: int(0) });
  const isFirst = eq(extentOf(graph, round, "i32"), constantOf(graph, 0, "i32"));
  return select(placeAxes(isFirst, shape, []), part, add(before, part));
}

/** Outputs of the body that someone wants, and the states that these depend on. */
function wantedOutputs({ body, states }: ScanSpec, group: Group): number[] {
  const wanted = new Set([...group.stores].map((v) => (v.attrs as ScanSpec).result));
  const leaves = bodyLeaves(body);
  for (const k of wanted) {
    const needed = new Set(upstream([body.outputs[k]?.value].flatMap((v) => v ?? [])));
    for (const { leaf, operand } of leaves)
      if (operand < states && needed.has(leaf)) wanted.add(operand);
  }
  return [...wanted].sort((a, b) => a - b);
}

function gatheredType(spec: ScanSpec, output: number): TensorType {
  const type = spec.body.outputs[output]?.value.type;
  if (!type) throw new InternalError("a scan has no such output");
  return isSum(spec, output) ? type : { ...type, shape: [spec.length, ...type.shape] };
}

/** What holds an output of all rounds. */
function whole(group: Group, spec: ScanSpec, output: number): Value | History {
  const result = [...group.stores].find((v) => (v.attrs as ScanSpec).result === output);
  const { dtype, shape } = gatheredType(spec, output);
  return result ?? { kind: "scratch", dtype, elements: numel(shape) };
}

function operandOf(scan: Value, operand: number): Value {
  const found = scan.operands[operand];
  if (!found) throw new InternalError("a scan lacks an operand", scan.spans);
  return found;
}

/** The value itself, or a copy where it lies somewhere already. */
function written(value: Value, parts: readonly Part[]): Value {
  const lies = value.op.lower.kind === "leaf" || parts.some((p) => p.value === value);
  return lies ? reshape(value, { shape: value.type.shape }) : value;
}

/** Brings values from outside into the graph of a round. */
class Outside {
  readonly graph = new Graph();
  readonly parts: Part[] = [];
  readonly #isRead: (value: Value) => boolean;
  readonly #brought = new Map<Value, Value>();

  constructor(isRead: (value: Value) => boolean) {
    this.#isRead = isRead;
  }

  bring(value: Value): Value {
    const known = this.#brought.get(value);
    if (known) return known;
    const made = this.#emit(value);
    this.#brought.set(value, made);
    return made;
  }

  #emit(value: Value): Value {
    const { graph } = this;
    graph.at = value.spans;
    if (!this.#isRead(value) || isWord(value)) {
      const operands = value.operands.map((o) => this.bring(o));
      return graph.emit(value.op, operands, value.attrs);
    }
    const leaf = leafOf(graph, {
      name: `outside ${String(value.id)}`,
      role: "input",
      ...value.type,
    });
    this.parts.push({ value: leaf, of: value, from: int(0) });
    return leaf;
  }
}
