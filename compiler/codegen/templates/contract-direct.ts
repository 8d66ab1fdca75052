// Sums of products with a register tile for each invocation and no shared memory: for adapters that run on a CPU.
import { call, convert, literal, type ScalarExpr } from "../../scalar/expr.js";
import { ceilDiv, constantOf, floorDiv, int, min, mul, scale, sub, add, symbol, type Dim } from "../../types/dim.js";
import { KernelBuilder, type BoundLaunch, type KernelContext } from "../builder.js";
import { ContractSpace, storeEpilogue, type ContractKernelSpec } from "./contract-space.js";

/** Rows and columns of the tile of an invocation, and how many invocations stand side by side along the columns. */
export interface DirectSchedule {
  readonly kind: "direct";
  readonly rows: number;
  readonly columns: number;
  readonly lanes: number;
}

/** A kernel in which each invocation computes `rows * columns` results. */
export function contractDirect(context: KernelContext, spec: ContractKernelSpec, schedule: DirectSchedule): BoundLaunch {
  const space = new ContractSpace(spec.result);
  const { rows, columns, lanes } = schedule;
  const builder = new KernelBuilder(context, lanes);
  const { body } = builder;
  const across = ceilDiv(space.n, int(columns * lanes));
  const down = ceilDiv(space.m, int(rows));
  const group = symbol(builder.group);
  const batch = body.index("batch", floorDiv(floorDiv(group, across), down), space.batch);
  const top = body.index("top", scale(sub(floorDiv(group, across), mul(floorDiv(floorDiv(group, across), down), down)), rows), space.m);
  const left = body.index("left", scale(sub(group, mul(floorDiv(group, across), across)), columns * lanes), space.n);
  // Indices beyond the edge read the last row or column again; only their stores are left out.
  const m = range(rows).map((i) => clamped(builder, "m", add(top, int(i)), space.m, rows));
  const n = range(columns).map((j) => clamped(builder, "n", add(left, symbol(builder.lane), int(j * lanes)), space.n, columns * lanes));
  const { dtype } = spec.result.type;
  const totals = m.map(() => n.map(() => body.variable(literal(0, dtype))));
  body.loop("k", int(0), space.k, int(1), (k) => {
    const right = n.map((column) => convert(builder.elements.at(space.right, space.rightAt(batch, k, column)), dtype));
    for (const [i, row] of m.entries()) {
      const x = convert(builder.elements.at(space.left, space.leftAt(batch, row, k)), dtype);
      for (const [j, y] of right.entries()) {
        const total = totals[i]?.[j];
        if (total) body.push({ kind: "assign", name: total.name, value: call("add", call("mul", x, y), total) });
      }
    }
  });
  storeTile(builder, spec, space, { batch, top, left, totals, schedule });
  return builder.finish(mul(space.batch, across, down));
}

interface Tile {
  readonly batch: Dim;
  readonly top: Dim;
  readonly left: Dim;
  readonly totals: readonly (readonly ScalarExpr[])[];
  readonly schedule: DirectSchedule;
}

/**
 * Stores what follows from each total, in loops that end at the edge of the result. Bounds that are not literal also keep
 * drivers from unrolling them, which takes some of them seconds.
 */
function storeTile(builder: KernelBuilder, spec: ContractKernelSpec, space: ContractSpace, tile: Tile): void {
  const { body } = builder;
  const { rows, columns, lanes } = tile.schedule;
  const { dtype } = spec.result.type;
  const array = body.array(dtype, rows * columns);
  for (const [at, total] of tile.totals.flat().entries()) body.put(array, int(at), total);
  const first = add(tile.left, symbol(builder.lane));
  const across = body.index("across", min(int(columns), ceilDiv(sub(space.n, first), int(lanes))), int(columns + 1));
  const down = body.index("down", min(int(rows), sub(space.m, tile.top)), int(rows + 1));
  body.when([body.less(tile.batch, space.batch)], () => {
    body.loop("j", int(0), across, int(1), (j) => {
      const column = body.index("column", add(first, scale(j, lanes)), space.n);
      body.loop("i", int(0), down, int(1), (i) => {
        const row = body.index("row", add(tile.top, i), space.m);
        const total = body.take(array, add(scale(i, columns), j), dtype);
        storeEpilogue(builder, spec, space.outAt(tile.batch, row, column), total);
      });
    });
  });
}

function clamped(builder: KernelBuilder, name: string, index: Dim, size: Dim, tile: number): Dim {
  return builder.body.index(name, isExact(size, tile) ? index : min(index, sub(size, int(1))), size);
}

const isExact = (size: Dim, tile: number): boolean => {
  const known = constantOf(size);
  return known !== undefined && known % tile === 0;
};

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
