// `einsum`: sums of products of any number of tensors, by the names of their axes.
import type { Pattern } from "../../grammar/ast.js";
import { patterns as faults } from "../diagnostics/index.js";
import { TypeProblem } from "../ir/graph.js";
import type { Value } from "../ir/op.js";
import { alignShapes } from "../ops/build.js";
import { contractAll, diagonals, type Labelled } from "../ops/einsum.js";
import * as ops from "../ops/index.js";
import { constantOf, type Dim } from "../types/dim.js";
import type { Meaning } from "./meaning.js";
import { atoms, leftOf, namesOf } from "./pattern-axes.js";
import { arrange, close, labels, open, restLabel, start } from "./patterns.js";
import type { PrimitiveCall } from "./primitive.js";

/** `einsum(a, b, …, [i j, j k -> i k])`: products summed over the axes that are not on the right. */
export function einsum(call: PrimitiveCall, operands: readonly Value[], pattern: Pattern): Meaning {
  if (operands.length !== pattern.inputs.length) {
    call.refuse(
      faults.operands({ at: pattern.span, given: operands.length, inputs: pattern.inputs.length }),
    );
  }
  const axes = start(call, pattern, true);
  const onLeft = new Set(pattern.inputs.flatMap(namesOf));
  const unknown = atoms(pattern.output).find((a) => a.kind === "axis" && !onLeft.has(a.name));
  if (unknown?.kind === "axis")
    call.refuse(
      faults.unknownAxis({ name: unknown.name, at: unknown.span, left: leftOf(pattern) }),
    );
  return call.result(() => {
    const opened = operands.map((x, i) => {
      const side = pattern.inputs[i] ?? [];
      const value = open(axes, side, x);
      return { value, labels: labels(axes, side) };
    });
    const rest = joinedRest(opened);
    if (rest) axes.rest = rest;
    const factors = opened.map((x) => withoutUnits(diagonals(x), rest ?? []));
    const target = close(axes, pattern.output);
    const out = labels(axes, pattern.output);
    const result = contractAll(factors, out);
    return ops.reshape(arrange(result.value, result.labels, out, target.flat), {
      shape: target.grouped,
    });
  });
}

const isRest = (label: string): boolean => label.startsWith(restLabel);

/** The axes that `...` stands for in all operands together, aligned from the back; undefined where nobody has it. */
function joinedRest(operands: readonly Labelled[]): readonly Dim[] | undefined {
  const open = operands.filter(({ labels }) => labels.some(isRest));
  return open.reduce<readonly Dim[] | undefined>((before, { value, labels }, i) => {
    const own = value.type.shape.filter((_, axis) => isRest(labels[axis] ?? ""));
    if (!before) return own;
    const aligned = alignShapes(before, own);
    if (!("problem" in aligned)) return aligned.shape;
    const pair = [open[i - 1]?.value ?? value, value];
    const problem = aligned.problem === "shape-mismatch" ? "batch-dim-mismatch" : aligned.problem;
    throw new TypeProblem(ops.contract.op, pair, {
      ...aligned,
      problem,
      at: [{ operand: 0 }, { operand: 1 }],
    });
  }, undefined);
}

/** Leaves out axes of the rest that are the literal 1 where another operand has more: they stretch. */
function withoutUnits({ value, labels }: Labelled, rest: readonly Dim[]): Labelled {
  const stretches = (label: string, axis: number): boolean => {
    if (!isRest(label)) return false;
    const [own, joined] = [value.type.shape[axis], rest.at(-Number(label.slice(restLabel.length)))];
    return (
      own !== undefined && constantOf(own) === 1 && joined !== undefined && constantOf(joined) !== 1
    );
  };
  const kept = labels.flatMap((label, axis) => (stretches(label, axis) ? [] : [axis]));
  if (kept.length === labels.length) return { value, labels };
  const shape = kept.flatMap((axis) => value.type.shape[axis] ?? []);
  return { value: ops.reshape(value, { shape }), labels: kept.map((axis) => labels[axis] ?? "") };
}
