// Reductions over axes along which a value only repeats: `sum(broadcast(x))` is `n * x`.
import type { Value } from "../ir/op.js";
import { placeAxes } from "../ops/broadcast.js";
import { mul } from "../ops/elementwise.js";
import { extentOf } from "../ops/leaf.js";
import { freshSym, numel, symbol, symOf, type Sym } from "../types/dim.js";

/** A cheaper value for the reduction `value` of `x`, or null. */
export function reduceCopies(value: Value, x: Value | undefined): Value | null {
  const { lower } = value.op;
  const [source] = x?.operands ?? [];
  if (lower.kind !== "reduce" || lower.monoid.name === "prod" || !x || !source) return null;
  const axes = lower.axes(value.attrs);
  const placed = repeated(x);
  if (!placed || axes.some((axis) => placed.includes(axis))) return null;
  const rest = x.type.shape.filter((_, i) => !axes.includes(i));
  const kept = placed.map((axis) => axis - axes.filter((gone) => gone < axis).length);
  const copies = placeAxes(source, rest, kept);
  if (lower.monoid.name !== "sum") return copies;
  const many = numel(x.type.shape.filter((_, i) => axes.includes(i)));
  return mul(copies, placeAxes(extentOf(x.graph, many, x.type.dtype), rest, []));
}

/** The axis of the result that each axis of the operand is, where a view keeps their order and repeats along the others. */
function repeated(x: Value): readonly number[] | undefined {
  const { lower } = x.op;
  if (lower.kind !== "view" || x.operands.length !== 1) return undefined;
  const syms: Sym[] = x.type.shape.map((size) => freshSym("place", "index", undefined, size));
  const operands = x.operands.map((operand) => operand.type);
  const lookup = () => symbol(freshSym("row", "index"));
  const context = { operands, result: x.type, lookup };
  const [piece, ...others] = lower.pieces(syms.map(symbol), context, x.attrs);
  if (!piece || others.length > 0 || piece.guards?.length) return undefined;
  const axes = piece.index.map((d) => {
    const sym = symOf(d);
    return sym ? syms.indexOf(sym) : -1;
  });
  const isOrdered = axes.every((axis, i) => axis > (axes[i - 1] ?? -1));
  return isOrdered ? axes : undefined;
}
