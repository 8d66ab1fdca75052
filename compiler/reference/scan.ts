// Scans on the CPU: the body runs round by round.
import type { Value } from "../ir/op.js";
import { isSum, type LeafSpec, type Program, type ScanSpec } from "../ir/program.js";
import { InternalError } from "../ir/internal-error.js";
import type { SizeOf } from "./run.js";
import { count, get, zeros, type Tensor } from "./tensor.js";

/** Evaluates a program with its leaves given. */
export type EvaluateBody = (body: Program, leaf: (spec: LeafSpec) => Tensor) => readonly Tensor[];

/** Every output of the body of a scan, of all rounds or added up over them. */
export function runScan(
  scan: Value,
  operands: readonly Tensor[],
  sizeOf: SizeOf,
  evaluate: EvaluateBody,
): Tensor[] {
  const spec = scan.attrs as ScanSpec;
  const { body, states, sequences, length } = spec;
  const rounds = sizeOf(length);
  const results = body.outputs.map(({ value: { type } }, i) =>
    zeros(type.dtype, [...(isSum(spec, i) ? [] : [rounds]), ...type.shape.map(sizeOf)]),
  );
  let carried: readonly Tensor[] = operands.slice(0, states);
  for (let round = 0; round < rounds; round++) {
    const leaf = ({ name }: LeafSpec): Tensor => {
      const operand = Number(name);
      const given = carried[operand] ?? operands[operand];
      if (!given) throw new InternalError(`a scan has no operand ${name}`, scan.spans);
      return operand < states || operand >= states + sequences ? given : element(given, round);
    };
    const outputs = evaluate(body, leaf);
    for (const [i, { data }] of outputs.entries()) {
      const result = results[i]?.data;
      if (!result || !isSum(spec, i)) result?.set(data, round * data.length);
      else for (const [j, x] of data.entries()) result[j] = (result[j] ?? 0) + x;
    }
    carried = outputs.slice(0, states);
  }
  return results;
}

/** One element along the first axis. */
function element({ dtype, shape, data }: Tensor, at: number): Tensor {
  const rest = shape.slice(1);
  const size = count(rest);
  const row = zeros(dtype, rest);
  for (let i = 0; i < size; i++) row.data[i] = get(data, at * size + i);
  return row;
}
