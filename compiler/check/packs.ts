// Packs among axes that an operation tells apart: `...` may stand for any number of axes, so none of them is the last but one.
import type { Span } from "../../grammar/source.js";
import { shapes } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
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
      made: ctx.originOf(value)?.span,
    }),
  );

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
