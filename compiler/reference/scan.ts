// Scans on the CPU: the body runs round by round.
import type { Value } from "../ir/op.js";
import type { LeafSpec, Program, ScanSpec } from "../ir/program.js";
import { InternalError } from "../ir/internal-error.js";
import type { SizeOf } from "./run.js";
import { count, get, zeros, type Tensor } from "./tensor.js";

/** Evaluates a program with its leaves given. */
export type EvaluateBody = (body: Program, leaf: (spec: LeafSpec) => Tensor) => readonly Tensor[];

/** Every output of the body of a scan, of all rounds. */
export function runScan(
  scan: Value,
  operands: readonly Tensor[],
  sizeOf: SizeOf,
  evaluate: EvaluateBody,
): Tensor[] {
  const { body, states, sequences, length } = scan.attrs as ScanSpec;
  const rounds = sizeOf(length);
  const results = body.outputs.map(({ value: { type } }) =>
    zeros(type.dtype, [rounds, ...type.shape.map(sizeOf)]),
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
    for (const [i, { data }] of outputs.entries()) results[i]?.data.set(data, round * data.length);
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
