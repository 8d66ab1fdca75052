// Evaluates `x[…]`: elements, slices, gathers, and lists of layers by static index.
import type { Expr, IndexItem } from "../../grammar/ast.js";
import { textOf, type Span } from "../../grammar/source.js";
import { axisMakers, dtypeFaults, names, shapes } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import { dynamicSlice, gather, pad, reshape, slice } from "../ops/index.js";
import { add, ceilDiv, constantOf, int, mul, same, show, sub, type Dim } from "../types/dim.js";
import { isPack } from "../types/tensor.js";
import { fromBack, isInside } from "./bounds.js";
import { forEachOption } from "./choices.js";
import type { Context } from "./context.js";
import { elementOf } from "./elements.js";
import { UNKNOWN, describe, type Meaning, type Scope } from "./meaning.js";
import { reportPack } from "./packs.js";
import { asDim } from "./types.js";

type Index = Expr & { kind: "index" };

export function evaluateIndex(ctx: Context, scope: Scope, expr: Index): Meaning {
  const object = ctx.evaluate(scope, expr.object);
  if (object.kind === "unknown") return UNKNOWN;
  if (object.kind === "tensor") return indexTensor(ctx, scope, expr, object.value);
  return forEachOption(ctx, object, expr.span, (option) => indexList(ctx, scope, expr, option));
}

function indexList(ctx: Context, scope: Scope, expr: Index, object: Meaning): Meaning {
  if (object.kind !== "list" && object.kind !== "tuple" && object.kind !== "repeated") {
    return ctx.report(
      names.wrongKind({
        at: expr.object.span,
        expected: "a tensor or a list",
        found: describe(object),
      }),
    );
  }
  const [item] = expr.items;
  if (expr.items.length !== 1 || item?.kind !== "at") {
    return ctx.report(
      names.wrongKind({ at: expr.span, expected: "one static index", found: "a slice" }),
    );
  }
  const index = asDim(ctx, ctx.evaluate(scope, item.value), item.span);
  return index ? elementOf(ctx, object, index, item.span) : UNKNOWN;
}

/** What one item of the brackets does to its axis. */
export interface Cut {
  readonly axis: number;
  readonly start: Dim;
  readonly length: Dim;
  readonly step: number;
  /** Of what was cut, `count` elements are kept: the first of each `stride`, where that is no number. */
  readonly every?: { readonly stride: Dim; readonly count: Dim };
  readonly isDropped: boolean;
  /** Start known only at run time, an `i32[]`. */
  readonly dynamic?: Value;
}

function indexTensor(ctx: Context, scope: Scope, expr: Index, value: Value): Meaning {
  const [only] = expr.items;
  if (expr.items.length === 1 && only?.kind === "at") {
    const index = ctx.evaluate(scope, only.value);
    if (index.kind === "tensor" && !isScalar(index.value)) {
      return gatherRows(ctx, expr, value, index.value, only.span);
    }
  }
  const fresh = expr.items.find((item) => axisMaker(scope, item) !== undefined);
  if (fresh) return reportNewAxis(ctx, scope, expr, value, fresh);
  const cuts = cutsOf(ctx, scope, expr.items, value, expr.span);
  if (!cuts) return UNKNOWN;
  return ctx.emit(expr.span, () => cut(value, cuts));
}

/** The name of an item that makes an axis in other languages, where nothing here has that name. */
const axisMaker = (scope: Scope, item: IndexItem): string | undefined =>
  item.kind === "at" &&
  item.value.kind === "name" &&
  axisMakers.includes(item.value.name) &&
  !scope.lookup(item.value.name)
    ? item.value.name
    : undefined;

function reportNewAxis(
  ctx: Context,
  scope: Scope,
  expr: Index,
  { type: { shape } }: Value,
  fresh: IndexItem,
): Meaning {
  const rest = expr.items.findIndex((i) => i.kind === "rest");
  const isNew = (item: IndexItem): boolean => axisMaker(scope, item) !== undefined;
  const count = expr.items.filter((i) => i.kind !== "rest" && !isNew(i)).length;
  const isOnlyNew = expr.items.every((i) => i.kind === "rest" || isNew(i) || isWhole(i));
  const left = shape.map(show);
  const behind = rest < 0 ? 0 : expr.items.slice(rest).filter(isWhole).length;
  // The axes that no item names stand where `...` does, or else last.
  const sizes = expr.items.flatMap((item) => {
    if (isNew(item)) return ["1"];
    return left.splice(0, item.kind === "rest" ? Math.max(left.length - behind, 0) : 1);
  });
  const text = `reshape(${textOf(expr.object.span)}, [${[...sizes, ...left].join(", ")}])`;
  const canRepair = isOnlyNew && count <= shape.length && !shape.some(isPack);
  return ctx.report(
    shapes.noNewAxis({
      at: fresh.span,
      name: textOf(fresh.span),
      ...(canRepair ? { repair: { span: expr.span, text } } : {}),
    }),
  );
}

const isScalar = (v: Value): boolean => v.type.shape.length === 0;

function gatherRows(ctx: Context, expr: Index, table: Value, ids: Value, at: Span): Meaning {
  if (ids.type.dtype !== "i32" && ids.type.dtype !== "u32") {
    return ctx.report(dtypeFaults.index({ at, actual: ids.type }));
  }
  if (isPack(table.type.shape[0] ?? int(1))) return reportPack(ctx, table, expr.object.span);
  return ctx.emit(expr.span, () => gather(table, ids));
}

/** The cuts of a list of items, axes counted from the front before `...` and from the back after it. */
export function cutsOf(
  ctx: Context,
  scope: Scope,
  items: readonly IndexItem[],
  value: Value,
  at: Span,
): Cut[] | undefined {
  const { shape } = value.type;
  const rest = items.findIndex((i) => i.kind === "rest");
  const count = items.filter((i) => i.kind !== "rest").length;
  if (count > shape.length) {
    ctx.report(shapes.tooManyIndices({ at, type: value.type, count }));
    return undefined;
  }
  const cuts: Cut[] = [];
  for (const [i, item] of items.entries()) {
    if (item.kind === "rest") continue;
    const axis = rest >= 0 && i > rest ? shape.length - (items.length - i) : i;
    if (isPack(shape[axis] ?? int(1)) && !isWhole(item)) {
      reportPack(ctx, value, item.span);
      return undefined;
    }
    const made = cutOf(ctx, scope, item, axis, shape[axis] ?? int(1));
    if (!made) return undefined;
    cuts.push(made);
  }
  return cuts;
}

/** Whether an item leaves its axis whole: `:`. */
const isWhole = (item: IndexItem): boolean =>
  item.kind === "slice" && !item.start && !item.stop && !item.step;

function cutOf(
  ctx: Context,
  scope: Scope,
  item: IndexItem,
  axis: number,
  size: Dim,
): Cut | undefined {
  if (item.kind === "rest") return undefined;
  return item.kind === "at"
    ? pick(ctx, scope, item, axis, size)
    : range(ctx, scope, item, axis, size);
}

function pick(
  ctx: Context,
  scope: Scope,
  item: IndexItem & { kind: "at" },
  axis: number,
  size: Dim,
): Cut | undefined {
  const meaning = ctx.evaluate(scope, item.value);
  const base = { axis, length: int(1), step: 1, isDropped: true };
  if (meaning.kind === "tensor" && isScalar(meaning.value))
    return { ...base, start: int(0), dynamic: meaning.value };
  const index = asDim(ctx, meaning, item.span);
  if (!index) return undefined;
  const start = fromBack(index, size);
  if (!isInside(ctx, start, int(1), size)) {
    ctx.report(
      shapes.indexOutOfRange({ at: item.span, index: textOf(item.span), size, place: start }),
    );
    return undefined;
  }
  return { ...base, start };
}

type Slice = IndexItem & { kind: "slice" };

function range(ctx: Context, scope: Scope, item: Slice, axis: number, size: Dim): Cut | undefined {
  const dynamic = dynamicRange(ctx, scope, item, axis);
  if (dynamic !== "static") return dynamic;
  const bound = (e: Expr | undefined, otherwise: Dim): Dim | undefined => {
    if (!e) return otherwise;
    const dim = asDim(ctx, ctx.evaluate(scope, e), e.span);
    return dim && fromBack(dim, size);
  };
  const step = stepOf(ctx, scope, item);
  const isReversed = typeof step === "number" && step < 0;
  const start = bound(item.start, isReversed ? sub(size, int(1)) : int(0));
  const stop = item.stop ? bound(item.stop, size) : isReversed ? int(-1) : size;
  if (step === undefined || !start || !stop) return undefined;
  const span = isReversed ? sub(start, stop) : sub(stop, start);
  const low = isReversed ? add(stop, int(1)) : start;
  const made = stepped(axis, start, span, step);
  // The last step may lead beyond the end: `x[1::2]` of an empty axis is empty.
  if (isInside(ctx, low, span, size, Math.abs(made.step) - 1)) return made;
  const { span: at } = item;
  const high = add(low, span);
  const text = textOf(at);
  ctx.report(shapes.sliceOutOfRange({ at, text, low, high, size, facts: ctx.facts }));
  return undefined;
}

/** What steps of a number, or of a dimension, leave of so many elements. */
function stepped(axis: number, start: Dim, span: Dim, step: number | Dim): Cut {
  const base = { axis, start, isDropped: false };
  if (typeof step === "number")
    return { ...base, step, length: ceilDiv(span, int(Math.abs(step))) };
  return { ...base, step: 1, length: span, every: { stride: step, count: ceilDiv(span, step) } };
}

/** The step of a slice: an integer other than 0, or a dimension of at least 1. */
function stepOf(ctx: Context, scope: Scope, item: Slice): number | Dim | undefined {
  if (!item.step) return 1;
  const at = item.step.span;
  const step = asDim(ctx, ctx.evaluate(scope, item.step), at);
  const value = step && constantOf(step);
  if (value === 0) ctx.report(shapes.zeroStride({ at }));
  else if (value !== undefined) return value;
  else if (step && !ctx.isAtMost(int(1), step)) ctx.report(shapes.openStride({ at, stride: step }));
  else return step;
  return undefined;
}

/** `pos : pos + n` with `pos` a tensor: the length is what is added. */
function dynamicRange(
  ctx: Context,
  scope: Scope,
  item: Slice,
  axis: number,
): Cut | undefined | "static" {
  if (isDynamicStop(scope, item)) {
    ctx.report(shapes.dynamicLength({ at: item.span, start: "start" }));
    return undefined;
  }
  if (!item.start || item.start.kind === "number") return "static";
  const start = ctx.evaluate(scope, item.start);
  if (start.kind !== "tensor") return start.kind === "unknown" ? undefined : "static";
  const stop = bare(item.stop);
  const isSum =
    stop?.kind === "binary" &&
    stop.operator === "+" &&
    textOf(stop.left.span) === textOf(item.start.span);
  if (!isSum || item.step) {
    ctx.report(shapes.dynamicLength({ at: item.span, start: textOf(item.start.span) }));
    return undefined;
  }
  const length = asDim(ctx, ctx.evaluate(scope, stop.right), stop.right.span);
  return length && { axis, start: int(0), length, step: 1, isDropped: false, dynamic: start.value };
}

/** `: n` or `2 : n` with `n` a tensor, so that nobody knows the length. */
function isDynamicStop(scope: Scope, { start, stop }: Slice): boolean {
  if (stop?.kind !== "name" || (start && start.kind !== "number")) return false;
  return scope.lookup(stop.name)?.meaning.kind === "tensor";
}

const bare = (e: Expr | undefined): Expr | undefined => (e?.kind === "paren" ? bare(e.inner) : e);

/** Applies cuts; axes that were picked disappear. */
function cut(value: Value, cuts: readonly Cut[]): Value {
  const { shape } = value.type;
  const starts = shape.map(() => int(0));
  const steps = shape.map(() => 1);
  const lengths = [...shape];
  for (const c of cuts) {
    if (c.dynamic) continue;
    starts[c.axis] = c.start;
    steps[c.axis] = c.step;
    lengths[c.axis] = c.length;
  }
  const isWhole = lengths.every((d, i) => same(d, shape[i] ?? d) && (steps[i] ?? 1) === 1);
  let result = isWhole ? value : slice(value, { starts, steps, shape: lengths });
  for (const c of cuts) {
    if (c.dynamic) result = dynamicSlice(result, c.dynamic, { axis: c.axis, length: c.length });
    if (c.every) result = thinned(result, c.axis, c.every);
  }
  const dropped = new Set(cuts.filter((c) => c.isDropped).map((c) => c.axis));
  if (dropped.size === 0) return result;
  return reshape(result, { shape: result.type.shape.filter((_, i) => !dropped.has(i)) });
}

/** The first of each `stride` elements of an axis: rows of so many, of which one column is kept. */
function thinned(x: Value, axis: number, { stride, count }: NonNullable<Cut["every"]>): Value {
  const { shape } = x.type;
  const none = shape.map(() => int(0));
  const missing = sub(mul(count, stride), shape[axis] ?? int(0));
  const high = none.with(axis, missing);
  const whole = pad(x, { low: none, high, interior: shape.map(() => 0), value: 0 });
  const split = (width: Dim): readonly Dim[] => shape.toSpliced(axis, 1, count, width);
  const rows = reshape(whole, { shape: split(stride) });
  const starts = [...none, int(0)];
  const steps = starts.map(() => 1);
  const column = slice(rows, { starts, steps, shape: split(int(1)) });
  return reshape(column, { shape: shape.with(axis, count) });
}
