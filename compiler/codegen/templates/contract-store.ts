// Stores the register tile of an invocation, with whatever follows from each result.
import type { ScalarExpr } from "../../scalar/expr.js";
import { add, ceilDiv, int, min, scale, sub, type Dim } from "../../types/dim.js";
import type { KernelBuilder } from "../builder.js";
import { storeEpilogue, type ContractKernelSpec, type ContractSpace } from "./contract-space.js";

/** Totals of an invocation by row and column: rows follow each other from `top`, columns from `left` in steps of `stride`. */
export interface Tile {
  readonly batch: Dim;
  readonly top: Dim;
  readonly left: Dim;
  readonly stride: number;
  readonly totals: readonly (readonly ScalarExpr[])[];
}

/**
 * Stores what follows from each total, in loops that end at the edge of the result. Bounds that are not literal also keep
 * drivers from unrolling them, which takes some of them seconds.
 */
export function storeTile(
  builder: KernelBuilder,
  spec: ContractKernelSpec,
  space: ContractSpace,
  { batch, top, left, stride, totals }: Tile,
): void {
  const { body } = builder;
  const { dtype } = spec.result.type;
  const rows = totals.length;
  const columns = totals[0]?.length ?? 0;
  const array = body.array(dtype, rows * columns);
  for (const [at, total] of totals.flat().entries()) body.put(array, int(at), total);
  const reach = ceilDiv(sub(space.n, left), int(stride));
  const across = body.index("across", min(int(columns), reach), int(columns + 1));
  const down = body.index("down", min(int(rows), sub(space.m, top)), int(rows + 1));
  body.when([body.less(batch, space.batch)], () => {
    body.loop("j", int(0), across, int(1), (j) => {
      const column = body.index("column", add(left, scale(j, stride)), space.n);
      body.loop("i", int(0), down, int(1), (i) => {
        const row = body.index("row", add(top, i), space.m);
        const total = body.take(array, add(scale(i, columns), j), dtype);
        storeEpilogue(builder, spec, space.outAt(batch, row, column), total);
      });
    });
  });
}
