// Chooses how a group is computed, by its sizes and by the kind of adapter.
import type { Value } from "../ir/op.js";
import { constantOf, type Dim } from "../types/dim.js";
import type { BoundLaunch, KernelContext } from "./builder.js";
import { contractDirect, type DirectSchedule } from "./templates/contract-direct.js";
import { ContractSpace } from "./templates/contract-space.js";
import { mapKernel } from "./templates/map.js";
import { rowsByGroup, rowsByLane, Space, type RowsSpec } from "./templates/rows.js";
import { rowsSplit } from "./templates/rows-split.js";
import { scatterKernels } from "./templates/scatter.js";

/** What a kernel is to compute. */
export type KernelSpec =
  | { readonly kind: "map"; readonly stores: readonly Value[] }
  | { readonly kind: "rows"; readonly rows: RowsSpec }
  | { readonly kind: "contract"; readonly result: Value; readonly stores: readonly Value[] }
  | { readonly kind: "scatter"; readonly result: Value };

/** `software`: lanes run on a CPU, so that loads and waiting are dear; `gpu`: everything else. */
export type AdapterClass = "software" | "gpu";

/** The launches that compute a spec, in order. */
export function generate(context: KernelContext, spec: KernelSpec, adapter: AdapterClass): BoundLaunch[] {
  switch (spec.kind) {
    case "map":
      return [mapKernel(context, spec.stores, adapter === "gpu" ? 256 : 64)];
    case "rows":
      return generateRows(context, spec.rows, adapter);
    case "contract":
      return [contractDirect(context, spec, directSchedule(new ContractSpace(spec.result), adapter))];
    case "scatter":
      return scatterKernels(context, spec.result, adapter === "gpu" ? 64 : 16);
  }
}

/** Rows above which each invocation takes a row of its own on a GPU. */
const manyRows = 8192;
/** Columns from which a row is reduced in parts when there are few rows. */
const longRow = 2048;

function generateRows(context: KernelContext, spec: RowsSpec, adapter: AdapterClass): BoundLaunch[] {
  const space = new Space(spec);
  const rows = constantOf(space.rows);
  const columns = constantOf(space.columns);
  const isPlain = spec.passes === 1 && spec.stores.every((s) => s.at === "row");
  const isLong = columns === undefined || columns > longRow;
  if (adapter === "software") {
    if (isPlain && isLong && rows !== undefined && rows <= 32) return rowsSplit(context, spec, 64, 32);
    return [rowsByLane(context, spec, 16)];
  }
  const isColumnwise = !spec.axes.includes(spec.shape.length - 1);
  if (isPlain && rows !== undefined && ((isLong && rows <= 64) || (isColumnwise && rows < manyRows))) {
    return rowsSplit(context, spec, rows <= 64 ? 256 : 32, 64);
  }
  const isManyRows = rows !== undefined && rows >= manyRows;
  if (isColumnwise || isManyRows || (columns !== undefined && columns <= 16)) return [rowsByLane(context, spec, 64)];
  return [rowsByGroup(context, spec, columns !== undefined && columns <= 256 ? 64 : 256)];
}

/** A tile that fits the sizes: never more than half of it idle where sizes are known. */
function directSchedule(space: ContractSpace, adapter: AdapterClass): DirectSchedule {
  const fit = (size: Dim, most: number): number => {
    const known = constantOf(size);
    if (known === undefined) return most;
    let tile = most;
    while (tile > 1 && tile / 2 >= known) tile /= 2;
    return tile;
  };
  const lanes = adapter === "gpu" ? 64 : 8;
  const width = fit(space.n, 8 * lanes);
  return { kind: "direct", rows: fit(space.m, 8), columns: Math.max(1, width / lanes), lanes };
}
