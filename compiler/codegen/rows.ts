// Schedules of reductions over rows: what may be chosen for one, and what is chosen where nothing was measured.
import type { Target } from "../../runtime/format.js";
import { constantOf } from "../types/dim.js";
import type { BoundLaunch, KernelContext } from "./builder.js";
import { rowsByGroup, rowsByLane, type RowsSchedule } from "./templates/rows.js";
import { Space, type RowsSpec } from "./templates/rows-space.js";
import { rowsSplit } from "./templates/rows-split.js";

/** How rows are reduced: a lane or a workgroup takes each, or several workgroups take parts of it. */
export type RowsRecord =
  | ({ readonly kind: "lane" | "group" } & RowsSchedule)
  | { readonly kind: "split"; readonly parts: number; readonly workgroupSize: number };

/** The launches of a reduction under a schedule. */
export function rowsLaunches(
  context: KernelContext,
  spec: RowsSpec,
  record: RowsRecord,
): BoundLaunch[] {
  switch (record.kind) {
    case "lane":
      return [rowsByLane(context, spec, record)];
    case "group":
      return [rowsByGroup(context, spec, record)];
    case "split":
      return rowsSplit(context, spec, record.parts, record.workgroupSize);
  }
}

/** Whether a row may be reduced in parts: one pass, and nothing stored for each element. */
export const isPlainRows = (spec: RowsSpec): boolean =>
  spec.passes === 1 && spec.stores.every((s) => s.at === "row");

/** Rows from which each invocation takes one that lies across memory, on a GPU. */
const manyRows = 8192;
/** Columns from which a row is reduced in parts when there are few rows. */
const longRow = 2048;

/** What is chosen for a reduction on a target; unknown sizes count as endless. */
export function rowsSchedule(spec: RowsSpec, { adapterClass }: Target): RowsRecord {
  const space = new Space(spec);
  const rows = constantOf(space.rows) ?? Infinity;
  const columns = constantOf(space.columns) ?? Infinity;
  const isGpu = adapterClass !== "software";
  const isPlain = isPlainRows(spec);
  if (isPlain && columns > longRow && rows <= 64)
    return { kind: "split", parts: isGpu ? 256 : 64, workgroupSize: 64 };
  if (!isGpu) return { kind: "lane", workgroupSize: 16, registers: 32 };
  return rowsOnGpu(spec, { rows, columns, isPlain, width: space.width });
}

interface RowsShape {
  readonly rows: number;
  readonly columns: number;
  readonly isPlain: boolean;
  readonly width: number;
}

function rowsOnGpu(spec: RowsSpec, { rows, columns, isPlain, width }: RowsShape): RowsRecord {
  // Neighbouring rows, not columns, are neighbours in memory.
  const isColumnwise = !spec.axes.includes(spec.shape.length - 1);
  if (isPlain && isColumnwise && rows < manyRows)
    return { kind: "split", parts: 32, workgroupSize: 64 };
  if (isColumnwise || columns <= 16) return { kind: "lane", workgroupSize: 64, registers: 32 };
  // As few lanes as take the row in one step each, so that short rows wait for few.
  const lanes = 2 ** Math.ceil(Math.log2(columns / width));
  return { kind: "group", workgroupSize: Math.min(256, Math.max(32, lanes)), registers: 16 };
}
