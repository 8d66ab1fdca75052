// Local identities: what a record says of itself, and involutions.
import type { Program } from "../ir/program.js";
import { again, rewrite } from "../ir/rewrite.js";
import type { Value } from "../ir/op.js";
import { countUses } from "../ir/topology.js";
import { permutationOf, liftCopies, reduceCopies } from "./copies.js";

/** Replaces uses of ops by earlier values or cheaper uses that equal them. */
export function simplify(program: Program): Program {
  const uses = countUses(program);
  return rewrite(program, (value, operands, graph) => {
    const { op, attrs } = value;
    const [x] = operands;
    const inner = op.algebra?.isInvolution && x?.op === op ? x.operands[0] : undefined;
    return (
      inner ??
      op.simplify?.(operands, attrs) ??
      absorbed(value, operands, uses) ??
      reduceCopies(value, x) ??
      liftCopies(value, operands) ??
      permuted(value, x, uses) ??
      again(value, operands, graph)
    );
  });
}

/** What an op and the one before it compute together, when nobody else wants the result between them. */
function absorbed(
  { op, operands: [before], attrs }: Value,
  operands: readonly Value[],
  uses: ReadonlyMap<Value, number>,
): Value | null {
  return before && uses.get(before) === 1 ? (op.absorb?.(operands, attrs) ?? null) : null;
}

/** An order of axes that the op before can give by itself, when nobody wants its result in the order it has. */
function permuted(
  value: Value,
  x: Value | undefined,
  uses: ReadonlyMap<Value, number>,
): Value | null {
  const [before] = value.operands;
  if (!x?.op.permute || !before || uses.get(before) !== 1) return null;
  const perm = permutationOf(value, x);
  return perm ? x.op.permute(x.operands, x.attrs, perm) : null;
}
