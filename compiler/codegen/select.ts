// Chooses how a group is computed, by its sizes and by the kind of adapter.
import type { Value } from "../ir/op.js";
import type { LeafSpec } from "../ir/program.js";
import { constantOf, type Dim } from "../types/dim.js";
import type { BoundLaunch, KernelContext } from "./builder.js";
import { attendSchedule, type AttendSchedule } from "./attend.js";
import { attendKernels } from "./templates/attend.js";
import { contractDirect, type DirectSchedule } from "./templates/contract-direct.js";
import { ContractSpace, type ContractKernelSpec } from "./templates/contract-space.js";
import { contractTiled } from "./templates/contract-tiled.js";
import { mapKernel } from "./templates/map.js";
import { rowsByGroup, rowsByLane, Space, type RowsSpec } from "./templates/rows.js";
import { rowsSplit } from "./templates/rows-split.js";
import { scatterKernels } from "./templates/scatter.js";

/** What a kernel is to compute. */
export type KernelSpec =
  | { readonly kind: "map"; readonly stores: readonly Value[] }
  | { readonly kind: "rows"; readonly rows: RowsSpec }
  | { readonly kind: "contract"; readonly result: Value; readonly stores: readonly Value[] }
  | { readonly kind: "scatter"; readonly result: Value }
  | { readonly kind: "fused"; readonly results: readonly Value[] };

/** `software`: lanes run on a CPU, so that loads and waiting are dear; `gpu`: everything else. */
export type AdapterClass = "software" | "gpu";

/** The launches that compute a spec, in order. */
export function generate(
  context: KernelContext,
  spec: KernelSpec,
  adapter: AdapterClass,
): BoundLaunch[] {
  switch (spec.kind) {
    case "map":
      return [mapKernel(context, spec.stores, adapter === "gpu" ? 256 : 64)];
    case "rows":
      return generateRows(context, spec.rows, adapter);
    case "contract":
      return [generateContract(context, spec, adapter)];
    case "scatter":
      return scatterKernels(context, spec.result, adapter === "gpu" ? 64 : 16);
    case "fused":
      return generateFused(context, spec.results, adapter);
  }
}

/** Whether a fused value has a kernel on such an adapter; else it is to be spelled out before it is scheduled. */
export const isScheduled = (value: Value, adapter: AdapterClass, mostBindings: number): boolean =>
  scheduleOf(value, adapter) !== undefined &&
  value.operands.filter(isFromMemory).length + 1 <= mostBindings;

/** Whether a value takes a storage buffer to compute: numbers that follow from places and sizes do not. */
function isFromMemory(value: Value): boolean {
  const { kind } = value.op.lower;
  if (kind === "leaf") return (value.attrs as LeafSpec).role !== "scalar";
  return kind === "pointwise" || kind === "view" ? value.operands.some(isFromMemory) : true;
}

/** How a fused value is computed; undefined where its definition is. */
function scheduleOf(value: Value, adapter: AdapterClass): AttendSchedule | undefined {
  const { lower } = value.op;
  if (lower.kind !== "fused") return undefined;
  return attendSchedule(lower.template, value, adapter);
}

function generateFused(
  context: KernelContext,
  results: readonly Value[],
  adapter: AdapterClass,
): BoundLaunch[] {
  const [first] = results;
  const schedule = first && scheduleOf(first, adapter);
  if (!schedule) throw new Error("a fused value without a schedule is spelled out");
  return attendKernels(context, results, schedule);
}

/** Rows above which each invocation takes a row of its own on a GPU. */
const manyRows = 8192;
/** Columns from which a row is reduced in parts when there are few rows. */
const longRow = 2048;

/** Facts about a rows kernel that its schedule depends on; unknown sizes count as endless. */
interface RowsShape {
  readonly rows: number;
  readonly columns: number;
  /** One pass, and nothing stored for each element. */
  readonly isPlain: boolean;
  /** Whether neighbouring rows, not columns, are neighbours in memory. */
  readonly isColumnwise: boolean;
}

function generateRows(
  context: KernelContext,
  spec: RowsSpec,
  adapter: AdapterClass,
): BoundLaunch[] {
  const space = new Space(spec);
  const shape: RowsShape = {
    rows: constantOf(space.rows) ?? Infinity,
    columns: constantOf(space.columns) ?? Infinity,
    isPlain: spec.passes === 1 && spec.stores.every((s) => s.at === "row"),
    isColumnwise: !spec.axes.includes(spec.shape.length - 1),
  };
  const isFewLong = shape.isPlain && shape.columns > longRow && shape.rows <= 64;
  if (isFewLong) return rowsSplit(context, spec, adapter === "gpu" ? 256 : 64, 64);
  return adapter === "gpu" ? rowsOnGpu(context, spec, shape) : [rowsByLane(context, spec, 16)];
}

function rowsOnGpu(context: KernelContext, spec: RowsSpec, shape: RowsShape): BoundLaunch[] {
  const { rows, columns, isPlain, isColumnwise } = shape;
  if (isPlain && isColumnwise && rows < manyRows) return rowsSplit(context, spec, 32, 64);
  const isManyRows = rows !== Infinity && rows >= manyRows;
  if (isColumnwise || isManyRows || columns <= 16) return [rowsByLane(context, spec, 64)];
  return [rowsByGroup(context, spec, columns <= 256 ? 64 : 256)];
}

function generateContract(
  context: KernelContext,
  spec: ContractKernelSpec,
  adapter: AdapterClass,
): BoundLaunch {
  const space = new ContractSpace(spec.result);
  const isLarge = [space.m, space.n].every((size) => (constantOf(size) ?? Infinity) >= 32);
  return adapter === "gpu" && isLarge
    ? contractTiled(context, spec)
    : contractDirect(context, spec, directSchedule(space, adapter));
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
