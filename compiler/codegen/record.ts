// Schedule records of all templates: what is chosen for a kernel where nothing was measured, and what a device and a kernel allow.
import type { Target } from "../../runtime/format.js";
import { Attended, type AttendAttrs } from "../ops/attend.js";
import { constantOf } from "../types/dim.js";
import { attendSchedule, lanesOf, type AttendSchedule } from "./attend.js";
import { contractSchedule, sizesOf, type ContractSchedule } from "./contractions.js";
import { isPlainRows, rowsSchedule, type RowsRecord } from "./rows.js";
import type { KernelSpec } from "./spec.js";
import type { RegisterSchedule } from "./templates/contract-registers.js";
import { invocationsOf, sharedBytesOf, type TiledSchedule } from "./templates/contract-tiled.js";

/** How one kernel is computed: a template and its numbers, as plain data. */
export type ScheduleRecord =
  | { readonly template: "contract"; readonly schedule: ContractSchedule }
  | { readonly template: "rows"; readonly schedule: RowsRecord }
  | { readonly template: "map"; readonly schedule: MapSchedule }
  | { readonly template: "attend"; readonly schedule: AttendSchedule };

/** How elements are mapped. */
export interface MapSchedule {
  readonly workgroupSize: number;
}

/** What is chosen by sizes and target; undefined for kernels that can be computed in one way only. */
export function recordOf(spec: KernelSpec, target: Target): ScheduleRecord | undefined {
  switch (spec.kind) {
    case "map":
      return { template: "map", schedule: mapSchedule(target) };
    case "rows":
      return { template: "rows", schedule: rowsSchedule(spec.rows, target) };
    case "contract":
      return { template: "contract", schedule: contractSchedule(sizesOf(spec), target) };
    case "fused": {
      const [first] = spec.results;
      const schedule = first ? attendSchedule(first, target) : "spelled";
      return schedule === "spelled" ? undefined : { template: "attend", schedule };
    }
    case "scatter":
      return undefined;
  }
}

/** What is chosen for a map on a target. */
export const mapSchedule = ({ adapterClass }: Target): MapSchedule => ({
  workgroupSize: adapterClass === "software" ? 64 : 256,
});

/** Whether a record is one of the kernel's template, makes sense, and keeps to the limits of a target. */
export function isAllowed(record: ScheduleRecord, spec: KernelSpec, target: Target): boolean {
  switch (record.template) {
    case "map":
      return spec.kind === "map" && isGroup(record.schedule.workgroupSize, target);
    case "rows":
      return spec.kind === "rows" && isRows(record.schedule, isPlainRows(spec.rows), target);
    case "contract":
      return spec.kind === "contract" && isContract(record.schedule, sizesOf(spec).k, target);
    case "attend":
      return spec.kind === "fused" && isAttend(record.schedule, spec, target);
  }
}

/** Whether a template makes workgroups of so many invocations: a power of two, since sums halve them. */
const isGroup = (size: number, { invocations }: Target): boolean =>
  isPower(size) && size <= Math.min(256, invocations);

const isPower = (n: number): boolean =>
  Number.isInteger(n) && n > 0 && Number.isInteger(Math.log2(n));

const isBetween = (n: number, least: number, most: number): boolean =>
  Number.isInteger(n) && n >= least && n <= most;

function isRows(schedule: RowsRecord, isPlain: boolean, target: Target): boolean {
  if (!isGroup(schedule.workgroupSize, target)) return false;
  return schedule.kind === "split"
    ? isPlain && isBetween(schedule.parts, 2, 1024)
    : isBetween(schedule.registers, 0, 64);
}

/** Results that an invocation may hold; more of them spill. */
const mostTotals = 128;

function isContract(schedule: ContractSchedule, k: number, target: Target): boolean {
  const { parts } = schedule;
  if (!isBetween(parts, 1, 64) || parts > k) return false;
  return schedule.kind === "tiled" ? isTiled(schedule, target) : isRegisters(schedule, target);
}

function isTiled(schedule: TiledSchedule, target: Target): boolean {
  const { rows, columns, depth } = schedule;
  const { ownRows, ownColumns } = schedule;
  const all = [rows, columns, depth, ownRows, ownColumns];
  if (!all.every((n) => isPower(n) && n <= 256) || ownRows > rows || ownColumns > columns)
    return false;
  const lanes = invocationsOf(schedule);
  const isShared = (tile: number): boolean => tile % 4 === 0 && (tile * depth) % lanes === 0;
  return (
    depth % 4 === 0 &&
    isShared(rows) &&
    isShared(columns) &&
    ownRows * ownColumns <= mostTotals &&
    isGroup(lanes, target) &&
    sharedBytesOf(schedule) <= target.workgroupBytes
  );
}

function isRegisters(schedule: RegisterSchedule, target: Target): boolean {
  const { rows, columns, depth, lanes, isShared } = schedule;
  const isTile =
    isBetween(rows, 1, 64) &&
    isPower(columns) &&
    rows * columns <= mostTotals &&
    [1, 2, 4, 8].includes(depth) &&
    isGroup(lanes, target);
  return isTile && (!isShared || (lanes === lanesOf(target) && rows % lanes === 0));
}

/** Elements of workgroup memory that rows of attention may take, and rows that are brought in at a time at most. */
const [sharedElements, mostRows] = [4096, 32];

function isAttend(
  { rows, lanes, stream, parts }: AttendSchedule,
  { results }: KernelSpec & { readonly kind: "fused" },
  target: Target,
): boolean {
  const [first] = results;
  if (first?.op.lower.kind !== "fused") return false;
  const use = new Attended(first.op.lower.template, first.operands, first.attrs as AttendAttrs);
  const width = (constantOf(use.size("K")) ?? Infinity) + (constantOf(use.size("V")) ?? Infinity);
  if (!isBetween(rows, 1, 4) || rows * width > 512 || !isGroup(lanes, target)) return false;
  // Parts of a row are put together by a second kernel, which counts on one part for each lane.
  if (parts !== 1) return false;
  switch (stream.kind) {
    case "direct":
      return true;
    case "handed":
      return lanes === lanesOf(target);
    case "shared":
      return isBetween(stream.tile, 1, mostRows) && stream.tile * width <= sharedElements;
  }
}
