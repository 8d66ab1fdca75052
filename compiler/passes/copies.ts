// Values that only repeat along some axes: reducing them is scaling, and combining them is combining what they repeat.
import type { Value } from "../ir/op.js";
import { placeAxes } from "../ops/broadcast.js";
import { mul } from "../ops/elementwise.js";
import { extentOf } from "../ops/leaf.js";
import { reshape } from "../ops/movement.js";
import { scalarBuilder, variable, type ScalarExpr } from "../scalar/expr.js";
import {
  constantOf,
  freshSym,
  int,
  numel,
  same,
  symbol,
  symOf,
  symsOf,
  type Dim,
  type Sym,
} from "../types/dim.js";

/** `source` with its axis `i` at axis `axes[i]`, the same along all others. */
interface Copies {
  readonly source: Value;
  readonly axes: readonly number[];
}

/** A cheaper value for the reduction `value` of `x`, or null: `sum(broadcast(x))` is `n * x`. */
export function reduceCopies(value: Value, x: Value | undefined): Value | null {
  const { lower } = value.op;
  if (lower.kind !== "reduce" || lower.monoid.name === "prod" || !x) return null;
  const axes = lower.axes(value.attrs);
  const copies = copiesOf(x);
  if (!copies || axes.some((axis) => copies.axes.includes(axis))) return null;
  const rest = x.type.shape.filter((_, i) => !axes.includes(i));
  const kept = copies.axes.map((axis) => axis - axes.filter((gone) => gone < axis).length);
  const reduced = placeAxes(copies.source, rest, kept);
  if (lower.monoid.name !== "sum") return reduced;
  const many = numel(x.type.shape.filter((_, i) => axes.includes(i)));
  return mul(reduced, placeAxes(extentOf(x.graph, many, x.type.dtype), rest, []));
}

/** `broadcast(f(x, y))` for `f(broadcast(x), broadcast(y))`, or null: one result for each element that differs. */
export function liftCopies(value: Value, operands: readonly Value[]): Value | null {
  const { op, attrs, type } = value;
  if (op.lower.kind !== "pointwise" || operands.length === 0 || dependsOnPlace(value)) return null;
  const copies: Copies[] = [];
  for (const operand of operands) {
    const found = copiesOf(operand);
    if (!found) return null;
    copies.push(found);
  }
  const axes = type.shape.flatMap((_, i) => (copies.some((c) => c.axes.includes(i)) ? [i] : []));
  const shape = axes.map((axis) => type.shape[axis] ?? int(1));
  if (axes.length === type.shape.length) return null;
  const sources = copies.map((c) =>
    placeAxes(
      c.source,
      shape,
      c.axes.map((a) => axes.indexOf(a)),
    ),
  );
  const [first] = sources;
  return first ? placeAxes(first.graph.emit(op, sources, attrs), type.shape, axes) : null;
}

/** Whether an element depends on where it lies, as counting and drawing at random do. */
function dependsOnPlace({ op, operands, attrs, type }: Value): boolean {
  if (op.lower.kind !== "pointwise") return true;
  const at = type.shape.map((size) => symbol(freshSym("place", "index", undefined, size)));
  const linear = symbol(freshSym("linear", "index"));
  const places = new Set([...at, linear].flatMap((d) => symOf(d) ?? []));
  const args = operands.map((v, i) => variable(String(i), v.type.dtype));
  const seen = new Set<ScalarExpr>();
  const waiting = [op.lower.body(scalarBuilder(at, linear), args, attrs)];
  for (let e = waiting.pop(); e; e = waiting.pop()) {
    if (seen.has(e)) continue;
    seen.add(e);
    if (e.kind === "dim" && [...symsOf(e.dim)].some((s) => places.has(s))) return true;
    if (e.kind === "call") waiting.push(...e.args);
  }
  return false;
}

/** The order in which a view has the axes of `x`, all of each: axis `i` of the result is axis `perm[i]`; undefined where it does more. */
export function permutationOf(view: Value, x: Value): readonly number[] | undefined {
  const { lower } = view.op;
  const rank = view.type.shape.length;
  if (lower.kind !== "view" || view.operands.length !== 1 || x.type.shape.length !== rank) {
    return undefined;
  }
  const piece = onlyPiece(view, x);
  const from = piece?.index.map((d) => placeIn(d, piece.at));
  const perm = from?.map((_, i) => from.indexOf(i));
  // The first elements of an axis lie where they lay, and are not the whole axis.
  const isWhole = (axis: number, i: number): boolean =>
    axis >= 0 && same(view.type.shape[i] ?? int(1), x.type.shape[axis] ?? int(0));
  return perm?.every(isWhole) ? perm : undefined;
}

interface OnlyPiece {
  readonly at: readonly Sym[];
  readonly index: readonly Dim[];
}

/** Where each element of a view with one operand comes from, when that is one place without conditions. */
function onlyPiece(view: Value, operand: Value): OnlyPiece | undefined {
  const { lower } = view.op;
  const { type } = view;
  if (lower.kind !== "view") return undefined;
  const at: Sym[] = type.shape.map((size) => freshSym("place", "index", undefined, size));
  const lookup = (): Dim => symbol(freshSym("row", "index"));
  const context = { operands: [operand.type], result: type, lookup };
  const [piece, ...others] = lower.pieces(at.map(symbol), context, view.attrs);
  if (!piece || others.length > 0 || piece.guards?.length) return undefined;
  return { at, index: piece.index };
}

/** What a view repeats, where it keeps the order of the axes; unit axes of its operand do not count. */
function copiesOf(x: Value): Copies | undefined {
  const [inner] = x.operands;
  if (x.op.lower.kind !== "view" || x.operands.length !== 1 || !inner) return undefined;
  const piece = onlyPiece(x, inner);
  if (!piece) return undefined;
  const isUnit = (d: Dim, i: number): boolean =>
    constantOf(d) === 0 && constantOf(inner.type.shape[i] ?? int(0)) === 1;
  const axes = piece.index.flatMap((d, i) => (isUnit(d, i) ? [] : [placeIn(d, piece.at)]));
  const sizes = inner.type.shape.filter((_, i) => !isUnit(piece.index[i] ?? int(1), i));
  const isWhole = (axis: number, i: number): boolean =>
    same(x.type.shape[axis] ?? int(1), sizes[i] ?? int(0));
  const isOrdered = axes.every((axis, i) => axis > (axes[i - 1] ?? -1) && isWhole(axis, i));
  if (!isOrdered || axes.length === x.type.shape.length) return undefined;
  return {
    source: sizes.length < inner.type.shape.length ? reshape(inner, { shape: sizes }) : inner,
    axes,
  };
}

function placeIn(d: Dim, syms: readonly Sym[]): number {
  const sym = symOf(d);
  return sym ? syms.indexOf(sym) : -1;
}
