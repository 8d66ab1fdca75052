// Sums of products with a register tile for each invocation and no shared memory: for adapters that run on a CPU.
import { call, convert, literal } from "../../scalar/expr.js";
import {
  ceilDiv,
  constantOf,
  floorDiv,
  int,
  min,
  mul,
  scale,
  sub,
  add,
  symbol,
  type Dim,
} from "../../types/dim.js";
import { KernelBuilder, type BoundLaunch, type KernelContext } from "../builder.js";
import { ContractSpace, type ContractKernelSpec } from "./contract-space.js";
import { storeTile } from "./contract-store.js";

/** Rows and columns of the tile of an invocation, and how many invocations stand side by side along the columns. */
export interface DirectSchedule {
  readonly kind: "direct";
  readonly rows: number;
  readonly columns: number;
  readonly lanes: number;
}

/** A kernel in which each invocation computes `rows * columns` results. */
export function contractDirect(
  context: KernelContext,
  spec: ContractKernelSpec,
  schedule: DirectSchedule,
): BoundLaunch {
  const space = new ContractSpace(spec.result);
  const { rows, columns, lanes } = schedule;
  const builder = new KernelBuilder(context, lanes);
  const { body, elements } = builder;
  const across = ceilDiv(space.n, int(columns * lanes));
  const down = ceilDiv(space.m, int(rows));
  const group = symbol(builder.group);
  const batch = body.index("batch", floorDiv(floorDiv(group, across), down), space.batch);
  const top = body.index(
    "top",
    scale(sub(floorDiv(group, across), mul(floorDiv(floorDiv(group, across), down), down)), rows),
    space.m,
  );
  const left = body.index(
    "left",
    scale(sub(group, mul(floorDiv(group, across), across)), columns * lanes),
    space.n,
  );
  // Indices beyond the edge read the last row or column again; only their stores are left out.
  const m = range(rows).map((i) => clamped(builder, "m", add(top, int(i)), space.m, rows));
  const n = range(columns).map((j) =>
    clamped(
      builder,
      "n",
      add(left, symbol(builder.lane), int(j * lanes)),
      space.n,
      columns * lanes,
    ),
  );
  const { dtype } = spec.result.type;
  const totals = m.map(() => n.map(() => body.variable(literal(0, dtype))));
  body.loop("k", int(0), space.k, int(1), (k) => {
    const ys = n.map((column) => elements.at(space.right, space.rightAt(batch, k, column)));
    for (const [i, row] of m.entries()) {
      const x = convert(elements.at(space.left, space.leftAt(batch, row, k)), dtype);
      for (const [j, y] of ys.entries()) {
        const total = totals[i]?.[j];
        if (!total) continue;
        const value = call("add", call("mul", x, convert(y, dtype)), total);
        body.push({ kind: "assign", name: total.name, value });
      }
    }
  });
  storeTile(builder, spec, space, {
    batch,
    top,
    left: add(left, symbol(builder.lane)),
    stride: lanes,
    totals,
  });
  return builder.finish(mul(space.batch, across, down));
}

function clamped(builder: KernelBuilder, name: string, index: Dim, size: Dim, tile: number): Dim {
  return builder.body.index(
    name,
    isExact(size, tile) ? index : min(index, sub(size, int(1))),
    size,
  );
}

const isExact = (size: Dim, tile: number): boolean => {
  const known = constantOf(size);
  return known !== undefined && known % tile === 0;
};

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
