// Recurrences: a program that runs once for each element of an axis, from what it left the time before.
import { Graph, op, type OpFn } from "../ir/graph.js";
import { InternalError } from "../ir/internal-error.js";
import type { Emitter, Value } from "../ir/op.js";
import { isSum, type LeafSpec, type Program, type ScanSpec } from "../ir/program.js";
import { upstream } from "../ir/topology.js";
import { int } from "../types/dim.js";
import type { TensorType } from "../types/tensor.js";
import { add, mul } from "./elementwise.js";
import { leafOf } from "./leaf.js";
import { all, equalShapes, item, refuse, typedIf, type Answer } from "./rules.js";
import { f32 } from "./samples.js";

/** The leaf of the body that stands for an operand of the scan. */
const operandOf = (leaf: Value): number => Number((leaf.attrs as LeafSpec).name);

/** The leaves of a body, each with the number of the operand that it is, or is an element or state of. */
export const bodyLeaves = (body: Program): { readonly leaf: Value; readonly operand: number }[] =>
  upstream(body.outputs.map((o) => o.value)).flatMap((value) =>
    value.op.lower.kind === "leaf" ? [{ leaf: value, operand: operandOf(value) }] : [],
  );

/** Emits what stands for an operand in a body. */
export const bodyLeaf = (body: Emitter, operand: number, { dtype, shape }: TensorType): Value =>
  leafOf(body, { name: String(operand), role: "input", dtype, shape });

/** The type of an operand, given that of what stands for it in the body. */
function outside(operand: number, inside: TensorType, spec: ScanSpec): TensorType {
  const isSequence = operand >= spec.states && operand < spec.states + spec.sequences;
  return isSequence ? { ...inside, shape: [spec.length, ...inside.shape] } : inside;
}

function typeOf(operands: readonly TensorType[], spec: ScanSpec): Answer {
  const { body, states, length, result } = spec;
  const needs = bodyLeaves(body).map(({ leaf, operand }) => {
    const [wanted, given] = [outside(operand, leaf.type, spec), operands[operand]];
    if (given?.dtype !== wanted.dtype) return refuse("dtype-mismatch", [{ operand }]);
    return equalShapes(operand, given, operand, wanted);
  });
  const carried = operands.slice(0, states).map((type, operand) => {
    const next = body.outputs[operand]?.value.type;
    if (next?.dtype !== type.dtype) return refuse("dtype-mismatch", [{ operand }]);
    return equalShapes(operand, type, operand, next);
  });
  const { dtype, shape } = item(body.outputs, result).value.type;
  const isAdded = isSum(spec, result);
  if (isAdded && dtype === "bool")
    return refuse("wrong-dtype", [], { found: dtype, wanted: "a number" });
  return typedIf(dtype, isAdded ? shape : [length, ...shape], all([...needs, ...carried]));
}

/** One output of a program over all rounds along an axis; emitted by `emitScan`. */
export const scan: OpFn<readonly Value[], ScanSpec> = op<readonly Value[], ScanSpec>({
  name: "scan",
  doc: "What a function gives along an axis when each round starts from the state that the one before it left.",
  operands: ["operands"],
  isVariadic: true,
  type: typeOf,
  vjp: (_, __, out) => {
    throw new InternalError("results of a scan are differentiated together", out.spans);
  },
  lower: { kind: "scan" },
  samples: [
    { operands: [f32(3), f32(5, 3), f32(3)], attrs: decay(5, 3) },
    { operands: [f32(2), f32(1, 2), f32(2)], attrs: decay(1, 2) },
    { operands: [f32(5, 3), f32(3)], attrs: { ...decay(5, 3), ...weighed(3) } },
  ],
});

/** The sum of `a * x` over `x: [T, N]`, for samples. */
function weighed(width: number): Pick<ScanSpec, "body" | "states" | "sums"> {
  const graph = new Graph();
  const leaf = (operand: number): Value => bodyLeaf(graph, operand, f32(width));
  const value = mul(leaf(1), leaf(0));
  return {
    body: { graph, outputs: [{ name: "0", role: "result" as const, value }] },
    states: 0,
    sums: 1,
  };
}

/** `h' = a * h + x` over `x: [T, N]`, for samples. */
function decay(length: number, width: number): ScanSpec {
  const graph = new Graph();
  const leaf = (operand: number): Value => bodyLeaf(graph, operand, f32(width));
  const value = add(mul(leaf(2), leaf(0)), leaf(1));
  const body = { graph, outputs: [{ name: "0", role: "result" as const, value }] };
  return { body, states: 1, sequences: 1, sums: 0, length: int(length), result: 0 };
}
