// Writes to states: `running_mean <- expr` and `cache[:, :, pos : pos + T] <- k`.
import type { Expr, StateMember } from "../../grammar/ast.js";
import { textOf } from "../../grammar/source.js";
import { names, shapes } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import { broadcastTo } from "../ops/build.js";
import { dynamicSlice, dynamicUpdate, extentOf, reshape } from "../ops/index.js";
import { same } from "../types/dim.js";
import type { Context } from "./context.js";
import { cutsOf, type Cut } from "./indexing.js";
import { variablePath } from "./instances.js";
import { SELF, type Instance, type Scope } from "./meaning.js";
import { asTensor } from "./operators.js";

/** Makes `value` the content of a state, whole or in part, for everything that reads it afterwards. */
export function writeState(ctx: Context, scope: Scope, target: Expr, value: Expr): void {
  const place = target.kind === "index" ? target.object : target;
  const state = place.kind === "name" ? stateOf(scope, place.name) : undefined;
  if (!state) {
    ctx.report(names.notAState({ at: place.span, name: textOf(place.span) }));
    return;
  }
  const old = ctx.evaluate(scope, place);
  if (old.kind !== "tensor") return;
  const written = asTensor(ctx, ctx.evaluate(scope, value), old.value.type.dtype, value.span);
  if (!written) return;
  const next =
    target.kind === "index"
      ? part(ctx, scope, target, old.value, written, value)
      : whole(ctx, old.value, written, value);
  if (next) ctx.states.set(variablePath(ctx, state.instance, state.member).join("."), next);
}

/** The state of the layer around a place that a name means there. */
export function stateOf(
  scope: Scope,
  name: string,
): { readonly instance: Instance; readonly member: StateMember } | undefined {
  const self = scope.lookup(SELF)?.meaning;
  if (self?.kind !== "instance") return undefined;
  const member = self.instance.decl.members.find(
    (m): m is StateMember => m.kind === "state" && m.name.name === name,
  );
  return member && { instance: self.instance, member };
}

function whole(ctx: Context, old: Value, written: Value, value: Expr): Value | undefined {
  if (ctx.sameShape(old.type.shape, written.type.shape) && old.type.dtype === written.type.dtype)
    return written;
  ctx.report(shapes.write({ at: value.span, state: old.type, value: written.type }));
  return undefined;
}

function part(
  ctx: Context,
  scope: Scope,
  target: Expr & { kind: "index" },
  old: Value,
  written: Value,
  value: Expr,
): Value | undefined {
  const cuts = cutsOf(ctx, scope, target.items, old, target.span);
  if (!cuts) return undefined;
  if (cuts.some((c) => c.step !== 1 || c.every)) {
    const found = textOf(target.span);
    ctx.report(names.wrongKind({ at: target.span, expected: "a slice without a step", found }));
    return undefined;
  }
  const window = [...old.type.shape];
  for (const c of cuts) window[c.axis] = c.length;
  const kept = window.filter((_, axis) => !cuts.some((c) => c.axis === axis && c.isDropped));
  if (!ctx.sameShape(kept, written.type.shape) && written.type.shape.length > 0) {
    ctx.report(
      shapes.write({
        at: value.span,
        state: { dtype: old.type.dtype, shape: kept },
        value: written.type,
      }),
    );
    return undefined;
  }
  return ctx.emitValue(target.span, () => {
    const update =
      written.type.shape.length === 0
        ? broadcastTo(written, window)
        : reshape(written, { shape: window });
    const partial = cuts.filter(
      (c) => c.dynamic !== undefined || !same(c.length, old.type.shape[c.axis] ?? c.length),
    );
    return replacePart(ctx, old, update, partial);
  });
}

/** Replaces a window, one axis after the other: the first axis of the window holds windows of the others. */
function replacePart(ctx: Context, old: Value, update: Value, cuts: readonly Cut[]): Value {
  const [cut, ...others] = cuts;
  if (!cut) return update;
  const start = cut.dynamic ?? extentOf(ctx.graph, cut.start, "i32");
  const slab =
    others.length === 0
      ? update
      : replacePart(
          ctx,
          dynamicSlice(old, start, { axis: cut.axis, length: cut.length }),
          update,
          others,
        );
  return dynamicUpdate(old, slab, start, { axis: cut.axis });
}
