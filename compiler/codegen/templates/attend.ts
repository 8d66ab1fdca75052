// Attention in one pass over the keys (Milakov and Gimelshein 2018, Dao et al. 2022): scores live in registers only.
import { InternalError } from "../../ir/internal-error.js";
import type { Value } from "../../ir/op.js";
import { Attended, type AttendAttrs } from "../../ops/attend.js";
import { call, literal, type ScalarExpr } from "../../scalar/expr.js";
import { add, floorDiv, int, mod, scale, type Dim } from "../../types/dim.js";
import type { AttendSchedule } from "../attend.js";
import type { BoundLaunch, KernelContext } from "../builder.js";
import type { Cells } from "./attend-cells.js";
import { keysKernel, queriesKernel } from "./attend-pull.js";
import {
  AttendSpace,
  builderFor,
  dot,
  inverse,
  item,
  lowest,
  widthOf,
  type Pair,
  type Total,
} from "./attend-space.js";
import { combineKernel, Parts, type ForwardResults } from "./attend-split.js";
import { streamRows, type Rows } from "./attend-stream.js";

/** The kernels that compute results of one template on the same operands. */
export function attendKernels(
  context: KernelContext,
  results: readonly Value[],
  schedule: AttendSchedule,
): BoundLaunch[] {
  const [first] = results;
  if (first?.op.lower.kind !== "fused") throw new InternalError("attention has no result");
  const { template } = first.op.lower;
  const use = new Attended(template, first.operands, first.attrs as AttendAttrs);
  const result = (number: number): Value | undefined =>
    results.find((v) => v.op.lower.kind === "fused" && v.op.lower.result === number);
  switch (template) {
    case "attend":
      return forward(context, use, { mixed: result(0), norm: result(1) }, schedule);
    case "attend-queries":
      return [queriesKernel(context, use, first, schedule)];
    case "attend-keys":
      return [keysKernel(context, use, { keys: result(0), values: result(1) }, schedule)];
  }
}

/** What a lane knows of each of its rows so far. */
interface Running {
  /** The number that exponents are relative to: some score of the row, less than `room` below the largest. */
  readonly base: readonly Total[];
  readonly sum: readonly Total[];
  /** Sums of values, weighted. */
  readonly mixed: Cells;
}

/** By how much a score may exceed the base of its row: exponentials of it and their sums are far from overflow. */
const room = 40;

function forward(
  context: KernelContext,
  use: Attended,
  results: ForwardResults,
  schedule: AttendSchedule,
): BoundLaunch[] {
  const { parts, lanes } = schedule;
  const builder = builderFor(context, schedule);
  const { body } = builder;
  const queries = use.size("T");
  const space = new AttendSpace(builder, use, scale(queries, parts), schedule);
  const [k, v] = [widthOf(use, "K"), results.mixed ? widthOf(use, "V") : 0];
  const isSplit = parts > 1;
  const own = space.own.map(({ row }) =>
    isSplit ? body.index("query", floorDiv(row, int(parts)), queries) : row,
  );
  const [first = int(0)] = space.own.map(({ row }) => row);
  const rows = space.kept("q", own, k);
  const { dtype } = use.get("q").type;
  const state: Running = {
    base: own.map(() => body.variable(literal(lowest, dtype))),
    sum: own.map(() => body.variable(literal(0, dtype))),
    mixed: space.cells(v),
  };
  const visited = keysOf(space, first, schedule, { k, v });
  streamRows(space, schedule.stream, visited, (key, columns) => {
    const ks = columns("k");
    const pairs = own.map((query, r) => space.pair(query, key, dot(space, rows(r), ks)));
    const weights = take(space, state, pairs);
    if (v > 0) space.accumulate(state.mixed, weights, columns("v"));
  });
  if (!isSplit) {
    finish(space, state, results);
    return [builder.finish(space.groups)];
  }
  const memory = new Parts(use, parts, v);
  storeParts(space, state, memory);
  return [builder.finish(space.groups), combineKernel(context, use, results, memory, lanes)];
}

/** The keys that a workgroup visits: those of its part, or all up to where its last query may attend. */
function keysOf(
  space: AttendSpace,
  first: Dim,
  { parts }: AttendSchedule,
  { k, v }: { readonly k: number; readonly v: number },
): Rows {
  const { use, builder } = space;
  const keys = use.size("S");
  const isSplit = parts > 1;
  return {
    from: isSplit ? builder.body.index("part", mod(first, int(parts)), int(parts)) : int(0),
    to: use.attrs.causal && !isSplit ? space.before(keys) : keys,
    step: parts,
    size: keys,
    widths: new Map([["k", k] as const, ...(v > 0 ? [["v", v] as const] : [])]),
  };
}

/** Takes the scores of a key into account; the weights of its values, relative to the bases. */
function take(space: AttendSpace, state: Running, pairs: readonly Pair[]): ScalarExpr[] {
  const { body } = space.builder;
  const scores = pairs.map(({ score }) => score);
  rebase(space, state, scores);
  const weights = scores.map((score, r) => {
    const weight = body.freeze(call("exp", call("sub", score, item(state.base, r))));
    space.assign(item(state.sum, r), call("add", weight, item(state.sum, r)));
    return weight;
  });
  return pairs.map((pair, r) => body.freeze(space.counted(pair, item(weights, r))));
}

/** Moves the bases of all rows to the scores at hand, where one of these is far above its base: that is seldom. */
function rebase(space: AttendSpace, state: Running, scores: readonly ScalarExpr[]): void {
  const { body } = space.builder;
  const above = scores.map((score, r) => call("sub", score, item(state.base, r)));
  const most = above.reduce((a, b) => call("max", a, b));
  body.repeat(call("lt", literal(room, most.dtype), most), () => {
    for (const [r, score] of scores.entries()) {
      const base = item(state.base, r);
      const next = body.freeze(call("max", base, score));
      const shrink = body.freeze(call("exp", call("sub", base, next)));
      space.assign(base, next);
      space.assign(item(state.sum, r), call("mul", shrink, item(state.sum, r)));
      state.mixed.each(r, (_, total, set) => {
        set(call("mul", shrink, total));
      });
    }
  });
}

function finish(space: AttendSpace, state: Running, { mixed, norm }: ForwardResults): void {
  const { body } = space.builder;
  if (mixed) {
    const factors = state.sum.map((sum) => body.freeze(inverse(sum)));
    space.store(mixed, state.mixed, (r, total) => call("mul", item(factors, r), total));
  }
  if (!norm) return;
  for (const [r, { row, isInside }] of space.own.entries()) {
    const sum = call("log", item(state.sum, r));
    body.when([isInside], () => {
      space.builder.store(norm, space.at(row), call("add", sum, item(state.base, r)));
    });
  }
}

/** Stores what a lane knows of its part of a row. */
function storeParts(space: AttendSpace, state: Running, memory: Parts): void {
  const { builder } = space;
  const { body } = builder;
  for (const [r, { row, isInside }] of space.own.entries())
    body.when([isInside], () => {
      const put = (number: Dim, x: ScalarExpr): void => {
        builder.storeAt(memory.scratch, memory.placeOf(space.batch, row, number), x);
      };
      put(int(0), item(state.base, r));
      put(int(1), item(state.sum, r));
      state.mixed.each(r, (column, total) => {
        put(add(column, int(2)), total);
      });
    });
}
