// Gradients of a whole program with respect to its leaves.
import type { Value } from "../ir/op.js";
import type { LeafSpec, Program } from "../ir/program.js";
import { InternalError } from "../ir/internal-error.js";
import { upstream } from "../ir/topology.js";
import { fillLike } from "../ops/broadcast.js";
import { pullback } from "./pullback.js";

/** The leaves that some outputs of a program are made from, in order of emission. */
export const leavesOf = (program: Program): Value[] =>
  upstream(program.outputs.map((o) => o.value)).filter((v) => v.op.lower.kind === "leaf");

/** What a leaf stands for. */
export const specOf = (leaf: Value): LeafSpec => leaf.attrs as LeafSpec;

/**
 * The program with one more output for each leaf in `wrt`, its gradient under the scalar result `outputName`:
 * named like the leaf, of role `gradient`, zeros where nothing flows.
 */
export function gradient(program: Program, outputName: string, wrt: readonly string[]): Program {
  const result = program.outputs.find((o) => o.name === outputName)?.value;
  if (!result) throw new InternalError(`there is no result ${outputName}`);
  const leaves = leavesOf(program).filter((leaf) => wrt.includes(specOf(leaf).name));
  const cotangents = pullback(result, fillLike(result, 1), leaves);
  const gradients = leaves.map((leaf, i) => ({
    name: specOf(leaf).name,
    role: "gradient" as const,
    value: cotangents[i] ?? fillLike(leaf, 0),
  }));
  return { graph: program.graph, outputs: [...program.outputs, ...gradients] };
}
