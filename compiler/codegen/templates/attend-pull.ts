// The pullback of attention in two kernels (Dao et al. 2022): one owns queries, one owns keys, so that no sum is shared.
import type { Value } from "../../ir/op.js";
import type { Attended } from "../../ops/attend.js";
import { call, type ScalarExpr } from "../../scalar/expr.js";
import { int } from "../../types/dim.js";
import type { AttendSchedule } from "../attend.js";
import type { BoundLaunch, KernelContext } from "../builder.js";
import { AttendSpace, builderFor, dot, widthOf, type Pair } from "./attend-space.js";
import { streamRows } from "./attend-stream.js";

/** The weight of a pair, from what the forward pass saved of its row. */
function weightOf(space: AttendSpace, pair: Pair, norm: ScalarExpr): ScalarExpr {
  const weight = call("exp", call("sub", pair.score, norm));
  return space.builder.body.freeze(space.counted(pair, weight));
}

/** How the loss changes with the score of a pair, given the product of the row's cotangent and the key's values. */
const slopeOf = (
  { builder: { body } }: AttendSpace,
  weight: ScalarExpr,
  product: ScalarExpr,
  delta: ScalarExpr,
): ScalarExpr => body.freeze(call("mul", weight, call("sub", product, delta)));

/** The cotangent of the queries. */
export function queriesKernel(
  context: KernelContext,
  use: Attended,
  result: Value,
  schedule: AttendSchedule,
): BoundLaunch {
  const builder = builderFor(context, schedule);
  const [queries, keys] = [use.size("T"), use.size("S")];
  const space = new AttendSpace(builder, use, queries, schedule);
  const [k, v] = [widthOf(use, "K"), widthOf(use, "V")];
  const places = space.own.map(({ row }) => row);
  const [q, g] = [space.kept("q", places, k), space.kept("g", places, v)];
  const own = places.map((row) => ({
    row,
    norm: space.element("norm", row),
    delta: space.element("delta", row),
  }));
  const totals = space.cells(k);
  const to = use.attrs.causal ? space.before(keys) : keys;
  const widths = new Map([["k", k] as const, ["v", v] as const]);
  const rows = { from: int(0), to, step: 1, size: keys, widths };
  streamRows(space, schedule.stream, rows, (key, columns) => {
    const [ks, vs] = [columns("k"), columns("v")];
    const slopes = own.map(({ row, norm, delta }, r) => {
      const weight = weightOf(space, space.pair(row, key, dot(space, q(r), ks)), norm);
      return slopeOf(space, weight, dot(space, g(r), vs), delta);
    });
    space.accumulate(totals, slopes, ks);
  });
  space.store(result, totals, (_, x) => x);
  return builder.finish(space.groups);
}

/** The cotangents of the keys and of the values, or of one of them. */
export function keysKernel(
  context: KernelContext,
  use: Attended,
  results: { readonly keys: Value | undefined; readonly values: Value | undefined },
  schedule: AttendSchedule,
): BoundLaunch {
  const builder = builderFor(context, schedule);
  const [queries, keys] = [use.size("T"), use.size("S")];
  const space = new AttendSpace(builder, use, keys, schedule);
  const [k, v] = [widthOf(use, "K"), widthOf(use, "V")];
  const own = space.own.map(({ row }) => row);
  const ownKeys = space.kept("k", own, k);
  const ownValues = results.keys ? space.kept("v", own, v) : undefined;
  const ofKeys = results.keys && space.cells(k);
  const ofValues = results.values && space.cells(v);
  // Queries before the first key of the workgroup see none of its keys.
  const from = use.attrs.causal ? space.top : int(0);
  const widths = new Map([["q", k] as const, ["g", v] as const]);
  const rows = { from, to: queries, step: 1, size: queries, widths };
  streamRows(space, schedule.stream, rows, (query, columns) => {
    const [qs, gs] = [columns("q"), columns("g")];
    const norm = space.element("norm", query);
    const weights = own.map((key, r) =>
      weightOf(space, space.pair(query, key, dot(space, ownKeys(r), qs)), norm),
    );
    if (ofValues) space.accumulate(ofValues, weights, gs);
    if (!ofKeys || !ownValues) return;
    const delta = space.element("delta", query);
    const slopes = weights.map((weight, r) =>
      slopeOf(space, weight, dot(space, ownValues(r), gs), delta),
    );
    space.accumulate(ofKeys, slopes, qs);
  });
  if (results.keys && ofKeys) space.store(results.keys, ofKeys, (_, x) => x);
  if (results.values && ofValues) space.store(results.values, ofValues, (_, x) => x);
  return builder.finish(space.groups);
}
