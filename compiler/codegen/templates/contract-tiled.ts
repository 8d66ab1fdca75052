// Sums of products through workgroup memory: the invocations of a workgroup share what each of them loads.
import { call, convert, literal, type ScalarExpr } from "../../scalar/expr.js";
import { add, floorDiv, int, min, mod, scale, symbol, type Dim } from "../../types/dim.js";
import type { Dtype } from "../../types/dtype.js";
import { KernelBuilder, type BoundLaunch, type KernelContext } from "../builder.js";
import { ContractSpace, type ContractKernelSpec } from "./contract-space.js";
import { openFrame, type Frame, type Parts } from "./contract-split.js";
import { storeTile } from "./contract-store.js";
import { isExact, ladder } from "./ladder.js";

/** The tile of a workgroup, and what each invocation computes of it. */
export interface TiledSchedule {
  readonly kind: "tiled";
  /** Rows and columns of the tile, and how deep it goes along k at a time. */
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** Rows and columns of one invocation; its columns lie as far apart as there are invocations along a row of the tile. */
  readonly ownRows: number;
  readonly ownColumns: number;
}

/** Invocations of a workgroup. */
export const invocationsOf = (s: TiledSchedule): number =>
  (s.rows / s.ownRows) * (s.columns / s.ownColumns);

/** Bytes of workgroup memory: both tiles, each line one longer so that neighbours in depth fall into different banks. */
export const sharedBytesOf = (s: TiledSchedule): number =>
  4 * s.depth * (s.rows + 1 + s.columns + 1);

/** An operand as a workgroup brings it in. */
interface Side {
  readonly dtype: Dtype;
  readonly name: string;
  /** Length of the tile along rows or columns, and the axis that it covers. */
  readonly tile: number;
  readonly size: Dim;
  readonly from: Dim;
  readonly runsAlongK: boolean;
  element(at: Dim, k: Dim): ScalarExpr;
}

type Total = ScalarExpr & { readonly kind: "variable" };

/** A kernel in which a workgroup computes one tile. */
export function contractTiled(
  context: KernelContext,
  spec: ContractKernelSpec,
  schedule: TiledSchedule,
  parts?: Parts,
): BoundLaunch {
  const space = new ContractSpace(spec.result);
  const builder = new KernelBuilder(context, invocationsOf(schedule));
  const { body } = builder;
  const { dtype } = spec.result.type;
  const { rows, columns, depth, ownRows, ownColumns } = schedule;
  const lane = symbol(builder.lane);
  const frame = openFrame(builder, spec, space, schedule, parts);
  const { top, left } = frame;
  const across = columns / ownColumns;
  const row = body.index("row", floorDiv(lane, int(across)), int(rows / ownRows));
  const column = body.index("column", mod(lane, int(across)), int(across));
  const sides = sidesOf(builder, spec, space, schedule, frame);
  const totals = range(ownRows).map(() =>
    range(ownColumns).map(() => body.variable(literal(0, dtype))),
  );
  body.loop(
    "k",
    frame.from,
    frame.to,
    int(depth),
    (k) => {
      for (const side of sides) stage(builder, side, k, space.k, depth);
      body.push({ kind: "barrier" });
      multiply(builder, sides, depth, dtype, totals, {
        row: scale(row, ownRows),
        column,
        stride: across,
      });
      body.push({ kind: "barrier" });
    },
    space.k,
  );
  storeTile(builder, space, frame, {
    top: add(top, scale(row, ownRows)),
    left: add(left, column),
    stride: across,
    dtype,
    totals,
  });
  return builder.finish(frame.groups);
}

/** Both operands of a tile. */
function sidesOf(
  builder: KernelBuilder,
  { result }: ContractKernelSpec,
  space: ContractSpace,
  { rows, columns, depth }: TiledSchedule,
  { batch, top, left }: Frame,
): readonly [Side, Side] {
  const { elements } = builder;
  const { dtype } = result.type;
  const sideOf = (side: "left" | "right", tile: number) => ({
    dtype,
    name: builder.shared(dtype, depth * (tile + 1)),
    tile,
    runsAlongK: space.runsAlongK(side),
  });
  return [
    {
      ...sideOf("left", rows),
      size: space.m,
      from: top,
      element: (at, k) => elements.at(space.left, space.leftAt(batch, at, k)),
    },
    {
      ...sideOf("right", columns),
      size: space.n,
      from: left,
      element: (at, k) => elements.at(space.right, space.rightAt(batch, k, at)),
    },
  ];
}

/**
 * Brings the part of an operand from `k` on into shared memory. Each invocation takes neighbours in memory, four where its share
 * allows it, and neighbouring invocations take what follows. Past the edge of the result anything may be loaded, since it is not
 * stored; past the last k it must be zero.
 */
function stage(builder: KernelBuilder, side: Side, k: Dim, size: Dim, depth: number): void {
  const { body, workgroupSize } = builder;
  const share = (side.tile * depth) / workgroupSize;
  const together = share % 4 === 0 ? 4 : 1;
  const lane = symbol(builder.lane);
  const along = side.runsAlongK ? depth : side.tile;
  for (const turn of range(share / together)) {
    const item = add(scale(lane, together), int(turn * workgroupSize * together));
    const [line, start] = [floorDiv(item, int(along)), mod(item, int(along))];
    const run = (first: Dim, axis: Dim, tile: number): readonly Dim[] =>
      ladder(body, first, together, axis, tile);
    const [outer, inner] = side.runsAlongK ? [line, start] : [start, line];
    const steps = range(together).map((i) => (side.runsAlongK ? add(inner, int(i)) : inner));
    const places = range(together).map((i) => (side.runsAlongK ? outer : add(outer, int(i))));
    const ks = side.runsAlongK
      ? run(add(k, inner), size, depth)
      : Array.from({ length: together }, () => only(body, add(k, inner), size, depth));
    const ats = side.runsAlongK
      ? Array.from({ length: together }, () =>
          only(body, add(side.from, outer), side.size, side.tile),
        )
      : run(add(side.from, outer), side.size, side.tile);
    const values = range(together).map((i) => {
      const value = convert(side.element(ats[i] ?? int(0), ks[i] ?? int(0)), side.dtype);
      if (isExact(size, depth)) return value;
      const step = add(k, steps[i] ?? int(0));
      return call("select", body.less(step, size), value, literal(0, side.dtype));
    });
    for (const [i, value] of values.entries())
      body.put(
        side.name,
        add(scale(steps[i] ?? int(0), side.tile + 1), places[i] ?? int(0)),
        value,
      );
  }
}

/** One index, kept inside its axis. */
function only(body: KernelBuilder["body"], at: Dim, size: Dim, tile: number): Dim {
  return body.index("at", isExact(size, tile) ? at : min(at, add(size, int(-1))), size);
}

/** Adds the products of the shared parts to the totals. */
function multiply(
  { body }: KernelBuilder,
  [left, right]: readonly [Side, Side],
  depth: number,
  dtype: Dtype,
  totals: readonly (readonly Total[])[],
  at: { readonly row: Dim; readonly column: Dim; readonly stride: number },
): void {
  body.loop("inner", int(0), int(depth), int(1), (inner) => {
    const take = ({ name, tile }: Side, place: Dim): ScalarExpr =>
      body.take(name, add(scale(inner, tile + 1), place), dtype);
    const xs = totals.map((_, i) => take(left, add(at.row, int(i))));
    const ys = (totals[0] ?? []).map((_, j) => take(right, add(at.column, int(j * at.stride))));
    for (const [i, x] of xs.entries()) {
      for (const [j, y] of ys.entries()) {
        const total = totals[i]?.[j];
        if (!total) continue;
        body.push({ kind: "assign", name: total.name, value: call("fma", x, y, total) });
      }
    }
  });
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
