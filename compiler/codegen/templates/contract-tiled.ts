// Sums of products through workgroup memory: a 64 by 64 tile for 256 invocations, within WebGPU's default limits.
import { call, convert, literal, type ScalarExpr } from "../../scalar/expr.js";
import {
  add,
  ceilDiv,
  floorDiv,
  int,
  min,
  mod,
  mul,
  scale,
  sub,
  symbol,
  type Dim,
} from "../../types/dim.js";
import type { Dtype } from "../../types/dtype.js";
import { KernelBuilder, type BoundLaunch, type KernelContext } from "../builder.js";
import { ContractSpace, type ContractKernelSpec } from "./contract-space.js";
import { storeTile } from "./contract-store.js";

/** Rows and columns of the tile of a workgroup, and how deep it goes at a time. */
const tile = 64;
const depth = 16;
/** Invocations along a row of the tile; each takes `own` rows and `own` columns. */
const across = 16;
const own = tile / across;
const invocations = across * across;
/** One more than the tile: neighbours in depth fall into different banks of memory. */
const pitch = tile + 1;

/** The places of an invocation, all in flat axes. */
interface Places {
  readonly builder: KernelBuilder;
  readonly space: ContractSpace;
  readonly dtype: Dtype;
  readonly batch: Dim;
  /** First row and column of the workgroup's tile. */
  readonly top: Dim;
  readonly left: Dim;
  /** Place of the invocation in the tile. */
  readonly row: Dim;
  readonly column: Dim;
  readonly shared: { readonly left: string; readonly right: string };
}

type Total = ScalarExpr & { readonly kind: "variable" };

/** A kernel in which a workgroup shares what its invocations load. */
export function contractTiled(context: KernelContext, spec: ContractKernelSpec): BoundLaunch {
  const space = new ContractSpace(spec.result);
  const builder = new KernelBuilder(context, invocations);
  const { body } = builder;
  const { dtype } = spec.result.type;
  const lane = symbol(builder.lane);
  const group = symbol(builder.group);
  const [right, down] = [ceilDiv(space.n, int(tile)), ceilDiv(space.m, int(tile))];
  const line = floorDiv(group, right);
  const places: Places = {
    builder,
    space,
    dtype,
    batch: body.index("batch", floorDiv(line, down), space.batch),
    top: body.index("top", scale(mod(line, down), tile), space.m),
    left: body.index("left", scale(mod(group, right), tile), space.n),
    row: body.index("row", floorDiv(lane, int(across)), int(across)),
    column: body.index("column", mod(lane, int(across)), int(across)),
    shared: {
      left: builder.shared(dtype, depth * pitch),
      right: builder.shared(dtype, depth * pitch),
    },
  };
  const totals = range(own).map(() => range(own).map(() => body.variable(literal(0, dtype))));
  body.loop("k", int(0), space.k, int(depth), (k) => {
    stage(places, "left", k);
    stage(places, "right", k);
    body.push({ kind: "barrier" });
    multiply(places, totals);
    body.push({ kind: "barrier" });
  });
  storeTile(builder, spec, space, {
    batch: places.batch,
    top: add(places.top, scale(places.row, own)),
    left: add(places.left, places.column),
    stride: across,
    totals,
  });
  return builder.finish(mul(space.batch, right, down));
}

/** Brings the part of an operand from `k` on into shared memory; neighbouring lanes load neighbours in memory. */
function stage(places: Places, side: "left" | "right", k: Dim): void {
  const { builder, space, shared } = places;
  for (const turn of range((tile * depth) / invocations)) {
    const item = add(symbol(builder.lane), int(turn * invocations));
    const [at, inner] = space.runsAlongK(side)
      ? [floorDiv(item, int(depth)), mod(item, int(depth))]
      : [mod(item, int(tile)), floorDiv(item, int(tile))];
    const value = element(places, side, at, add(k, inner));
    builder.body.put(shared[side], add(scale(inner, pitch), at), value);
  }
}

/** Past the edge of the result anything may be loaded, since it is not stored; past the last k it must be zero. */
function element(places: Places, side: "left" | "right", at: Dim, k: Dim): ScalarExpr {
  const { builder, space, dtype, batch, top, left } = places;
  const { body, elements } = builder;
  const [size, from] = side === "left" ? [space.m, top] : [space.n, left];
  const place = body.index("place", min(add(from, at), sub(size, int(1))), size);
  const inside = body.index("inside", min(k, sub(space.k, int(1))), space.k);
  const value =
    side === "left"
      ? elements.at(space.left, space.leftAt(batch, place, inside))
      : elements.at(space.right, space.rightAt(batch, inside, place));
  return call("select", body.less(k, space.k), convert(value, dtype), literal(0, dtype));
}

/** Adds the products of the shared parts to the totals. */
function multiply(
  { builder, dtype, row, column, shared }: Places,
  totals: readonly (readonly Total[])[],
): void {
  const { body } = builder;
  body.loop("inner", int(0), int(depth), int(1), (inner) => {
    const line = scale(inner, pitch);
    const take = (array: string, at: Dim): ScalarExpr => body.take(array, add(line, at), dtype);
    const xs = range(own).map((i) => take(shared.left, add(scale(row, own), int(i))));
    const ys = range(own).map((j) => take(shared.right, add(column, int(j * across))));
    for (const [i, x] of xs.entries()) {
      for (const [j, y] of ys.entries()) {
        const total = totals[i]?.[j];
        if (!total) continue;
        const value = call("add", call("mul", x, y), total);
        body.push({ kind: "assign", name: total.name, value });
      }
    }
  });
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
