// Local identities: what a record says of itself, and involutions.
import type { Program } from "../ir/program.js";
import { again, rewrite } from "../ir/rewrite.js";
import { reduceCopies } from "./copies.js";

/** Replaces uses of ops by earlier values or cheaper uses that equal them. */
export const simplify = (program: Program): Program =>
  rewrite(program, (value, operands, graph) => {
    const { op, attrs } = value;
    const [x] = operands;
    const inner = op.algebra?.isInvolution && x?.op === op ? x.operands[0] : undefined;
    return (
      inner ??
      op.simplify?.(operands, attrs) ??
      reduceCopies(value, x) ??
      again(value, operands, graph)
    );
  });
