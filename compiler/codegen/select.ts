// Chooses how a group is computed, by its sizes and by the kind of adapter.
import type { Target } from "../../runtime/format.js";
import type { Value } from "../ir/op.js";
import { constantOf } from "../types/dim.js";
import type { BoundLaunch, KernelContext } from "./builder.js";
import type { Choice } from "./choice.js";
import { fusedKernels } from "./fused.js";
import { contractLaunches, contractSchedule, sizesOf } from "./contractions.js";
import type { ContractKernelSpec } from "./templates/contract-space.js";
import { mapKernel } from "./templates/map.js";
import { rowsByGroup, rowsByLane } from "./templates/rows.js";
import { Space, type RowsSpec } from "./templates/rows-space.js";
import { rowsSplit } from "./templates/rows-split.js";
import { scatterKernels } from "./templates/scatter.js";

/** What a kernel is to compute. */
export type KernelSpec =
  | { readonly kind: "map"; readonly stores: readonly Value[] }
  | { readonly kind: "rows"; readonly rows: RowsSpec }
  | { readonly kind: "contract"; readonly result: Value; readonly stores: readonly Value[] }
  | { readonly kind: "scatter"; readonly result: Value }
  | { readonly kind: "fused"; readonly results: readonly Value[] };

/** The launches that compute a spec, in order. */
export function generate(context: KernelContext, spec: KernelSpec, choice: Choice): BoundLaunch[] {
  const { target } = choice;
  switch (spec.kind) {
    case "map":
      return [mapKernel(context, spec.stores, isGpu(target) ? 256 : 64)];
    case "rows":
      return generateRows(context, spec.rows, target);
    case "contract":
      return generateContract(context, spec, choice);
    case "scatter":
      return scatterKernels(context, spec.result, isGpu(target) ? 64 : 16);
    case "fused":
      return fusedKernels(context, spec.results, choice);
  }
}

/** Whether lanes are no threads of a CPU, where loads and waiting are dear. */
const isGpu = ({ adapterClass }: Target): boolean => adapterClass !== "software";

/** Rows from which each invocation takes one that lies across memory, on a GPU. */
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

function generateRows(context: KernelContext, spec: RowsSpec, target: Target): BoundLaunch[] {
  const space = new Space(spec);
  const shape: RowsShape = {
    rows: constantOf(space.rows) ?? Infinity,
    columns: constantOf(space.columns) ?? Infinity,
    isPlain: spec.passes === 1 && spec.stores.every((s) => s.at === "row"),
    isColumnwise: !spec.axes.includes(spec.shape.length - 1),
  };
  const isFewLong = shape.isPlain && shape.columns > longRow && shape.rows <= 64;
  if (isFewLong) return rowsSplit(context, spec, isGpu(target) ? 256 : 64, 64);
  return isGpu(target)
    ? rowsOnGpu(context, spec, { ...shape, width: space.width })
    : [rowsByLane(context, spec, { workgroupSize: 16, registers: 32 })];
}

function rowsOnGpu(
  context: KernelContext,
  spec: RowsSpec,
  { rows, columns, isPlain, isColumnwise, width }: RowsShape & { readonly width: number },
): BoundLaunch[] {
  if (isPlain && isColumnwise && rows < manyRows) return rowsSplit(context, spec, 32, 64);
  if (isColumnwise || columns <= 16)
    return [rowsByLane(context, spec, { workgroupSize: 64, registers: 32 })];
  // As few lanes as take the row in one step each, so that short rows wait for few.
  const lanes = 2 ** Math.ceil(Math.log2(columns / width));
  const workgroupSize = Math.min(256, Math.max(32, lanes));
  return [rowsByGroup(context, spec, { workgroupSize, registers: 16 })];
}

function generateContract(
  context: KernelContext,
  spec: ContractKernelSpec,
  { target, tuned }: Choice,
): BoundLaunch[] {
  const sizes = sizesOf(spec);
  return contractLaunches(context, spec, tuned?.(sizes) ?? contractSchedule(sizes, target));
}
