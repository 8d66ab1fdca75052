// The pullback of attention in two kernels (Dao et al. 2022): one owns queries, one owns keys, so that no sum is shared.
import type { Value } from "../../ir/op.js";
import type { Attended } from "../../ops/attend.js";
import { call, type ScalarExpr } from "../../scalar/expr.js";
import { int, min } from "../../types/dim.js";
import type { AttendSchedule } from "../attend.js";
import type { BoundLaunch, KernelContext } from "../builder.js";
import { AttendSpace, builderFor, dot, item, widthOf, type Pair } from "./attend-space.js";
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
  const own = space.own.map(({ row }) => ({
    row,
    q: space.row("q", row, k),
    g: space.row("g", row, v),
    norm: space.element("norm", row),
    delta: space.element("delta", row),
  }));
  const totals = space.totals(k);
  const last = min(keys, space.end);
  const to = use.attrs.causal ? builder.body.index("seen", last, keys) : keys;
  const widths = new Map([["k", k] as const, ["v", v] as const]);
  const rows = { from: int(0), to, step: 1, size: keys, widths };
  streamRows(space, schedule.stream, rows, (key, columns) => {
    const [ks, vs] = [columns("k"), columns("v")];
    const slopes = own.map(({ row, q, g, norm, delta }) => {
      const weight = weightOf(space, space.pair(row, key, dot(space, q, ks)), norm);
      return slopeOf(space, weight, dot(space, g, vs), delta);
    });
    space.accumulate(totals, slopes, ks);
  });
  space.store(result, totals);
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
  const own = space.own.map(({ row }) => ({
    row,
    k: space.row("k", row, k),
    v: results.keys ? space.row("v", row, v) : [],
  }));
  const [ofKeys, ofValues] = [
    space.totals(results.keys ? k : 0),
    space.totals(results.values ? v : 0),
  ];
  // Queries before the first key of the workgroup see none of its keys.
  const from = use.attrs.causal ? space.top : int(0);
  const widths = new Map([["q", k] as const, ["g", v] as const]);
  const rows = { from, to: queries, step: 1, size: queries, widths };
  streamRows(space, schedule.stream, rows, (query, columns) => {
    const [qs, gs] = [columns("q"), columns("g")];
    const norm = space.element("norm", query);
    const weights = own.map((o) =>
      weightOf(space, space.pair(query, o.row, dot(space, o.k, qs)), norm),
    );
    if (results.values) space.accumulate(ofValues, weights, gs);
    if (!results.keys) return;
    const delta = space.element("delta", query);
    const slopes = own.map((o, r) => slopeOf(space, item(weights, r), dot(space, o.v, gs), delta));
    space.accumulate(ofKeys, slopes, qs);
  });
  if (results.keys) space.store(results.keys, ofKeys);
  if (results.values) space.store(results.values, ofValues);
  return builder.finish(space.groups);
}
