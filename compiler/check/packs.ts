// Packs among axes that an operation tells apart: `...` may stand for any number of axes, so none of them is the last but one.
import type { Span } from "../../grammar/source.js";
import { shapes } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import { same } from "../types/dim.js";
import { isPack } from "../types/tensor.js";
import type { Context } from "./context.js";
import type { UNKNOWN } from "./meaning.js";

/** Whether a pack is among the last axes of a tensor. */
export const hasPackAtEnd = ({ type }: Value, count: number): boolean =>
  type.shape.slice(-count).some(isPack);

/** Reports an axis of a tensor that lies in a pack. */
export const reportPack = (ctx: Context, value: Value, at: Span): typeof UNKNOWN =>
  ctx.report(
    shapes.axisInPack({
      at,
      given: { name: ctx.mentionOf(value)?.text ?? "given", type: value.type },
      made: madeAt(ctx, value),
    }),
  );

/** How many operations are looked through for where axes come from. */
const farthest = 64;

/** The expression that gave a tensor its axes, looking through operations that leave them as they are. */
export function madeAt(ctx: Context, value: Value): Span | undefined {
  let source = value;
  let span = ctx.originOf(value)?.span;
  for (let i = 0; i < farthest; i++) {
    const before = [...source.operands, ...(ctx.declaredOf(source)?.inputs ?? [])].find(
      ({ type }) =>
        type.shape.length === value.type.shape.length &&
        type.shape.every((d, axis) => same(d, value.type.shape[axis] ?? d)),
    );
    if (!before) break;
    source = before;
    if (ctx.isWritten(source)) span = ctx.originOf(source)?.span;
  }
  return span;
}

/** Reports a pack among the last axes of a tensor; whether there is one. */
export function refusesPack(ctx: Context, value: Value, count: number, at: Span): boolean {
  if (!hasPackAtEnd(value, count)) return false;
  reportPack(ctx, value, at);
  return true;
}

/**
 * The same for the operands of a product: the last axis of the left one, the last two of the right one, and the rows of
 * the left one where the right one has axes that they would have to be told from.
 */
export function refusesPackInProduct(
  ctx: Context,
  [left, right]: readonly [Value, Value],
  at: readonly [Span, Span],
): boolean {
  const rows = right.type.shape.length > 2 ? 2 : 1;
  return refusesPack(ctx, left, rows, at[0]) || refusesPack(ctx, right, 2, at[1]);
}
