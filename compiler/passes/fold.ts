// Constants: what is the same number everywhere is computed now, and what it does not change is left as it is.
import type { Lowering, Value } from "../ir/op.js";
import type { Program } from "../ir/program.js";
import { again, rewrite } from "../ir/rewrite.js";
import { fill } from "../ops/broadcast.js";
import { literal, scalarBuilder, variable } from "../scalar/expr.js";
import { simplifyScalar } from "../scalar/simplify.js";
import { freshSym, symbol } from "../types/dim.js";

/** What is known of a value without running: one number everywhere, or the same as an operand. */
type Known =
  | { readonly kind: "number"; readonly number: number }
  | { readonly kind: "operand"; readonly index: number };

/** Computes values of known numbers, and drops those that a known operand makes a copy: `x * 1`, `select(true, x, y)`. */
export function fold(program: Program): Program {
  const facts = new Map<Value, Known | undefined>();
  return rewrite(program, (value, operands, graph) => {
    const known = knownOf(value, facts);
    facts.set(value, known);
    if (known?.kind === "number") {
      return fill(graph, known.number, value.type.dtype, value.type.shape);
    }
    const kept = known && operands[known.index];
    return kept?.type.dtype === value.type.dtype ? kept : again(value, operands, graph);
  });
}

function knownOf(value: Value, facts: ReadonlyMap<Value, Known | undefined>): Known | undefined {
  const { lower } = value.op;
  const numbers = value.operands.map((operand) => {
    const known = facts.get(operand);
    return known?.kind === "number" ? known.number : undefined;
  });
  const isAnyKnown = numbers.some((n) => n !== undefined) || numbers.length === 0;
  if (!isAnyKnown) return undefined;
  if (lower.kind === "pointwise") return ofBody(value, lower, numbers);
  return lower.kind === "view" ? ofPieces(value, lower, numbers) : undefined;
}

/** The body with the numbers that are known put in. */
function ofBody(
  value: Value,
  lower: Extract<Lowering, { kind: "pointwise" }>,
  numbers: readonly (number | undefined)[],
): Known | undefined {
  const args = value.operands.map(({ type }, i) => {
    const number = numbers[i];
    return number === undefined ? variable(String(i), type.dtype) : literal(number, type.dtype);
  });
  // The place of the element stays unknown: what depends on it is no constant.
  const place = symbol(freshSym("place", "index"));
  const at = value.type.shape.map(() => place);
  const body = simplifyScalar(lower.body(scalarBuilder(at, place), args, value.attrs));
  if (body.kind === "literal") return { kind: "number", number: body.value };
  return body.kind === "variable" ? { kind: "operand", index: Number(body.name) } : undefined;
}

/** One number, if all operands that elements come from have it, and what fills gaps is it too. */
function ofPieces(
  value: Value,
  lower: Extract<Lowering, { kind: "view" }>,
  numbers: readonly (number | undefined)[],
): Known | undefined {
  const out = value.type.shape.map((size) => symbol(freshSym("place", "index", undefined, size)));
  const operands = value.operands.map((operand) => operand.type);
  const lookup = () => symbol(freshSym("row", "index"));
  const pieces = lower.pieces(out, { operands, result: value.type, lookup }, value.attrs);
  const sources = pieces.map((piece) => numbers[piece.operand]);
  const isTotal = pieces.some(({ guards = [] }) => guards.length === 0);
  if (!isTotal) sources.push(lower.fill?.(value.attrs) ?? 0);
  const [number] = sources;
  const isUniform = number !== undefined && sources.every((n) => n === number);
  return isUniform ? { kind: "number", number } : undefined;
}
