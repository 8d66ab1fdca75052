// Chooses how attention is computed: by one kernel that stores no scores, by one that shares each row's keys, or as spelled out.
import type { Target } from "../../runtime/format.js";
import type { Template, Value } from "../ir/op.js";
import { Attended, type AttendAttrs } from "../ops/attend.js";
import { constantOf } from "../types/dim.js";

/** How rows that lanes do not own reach them. */
export type Stream =
  /** Each lane loads what it reads. */
  | { readonly kind: "direct" }
  /** Lanes bring so many rows into workgroup memory at a time. */
  | { readonly kind: "shared"; readonly tile: number };

/** A kernel in which lanes own rows, of queries or of keys, and go through the others. */
export interface AttendSchedule {
  readonly kind: "attend";
  /** Rows that a lane owns. */
  readonly rows: number;
  /** Lanes of a workgroup. */
  readonly lanes: number;
  readonly stream: Stream;
  /** Lanes that share the keys of one row; their parts are put together by a second kernel. */
  readonly parts: number;
}

/** Bytes of workgroup memory that every device has. */
const workgroupBytes = 16384;

/** Says how a use of attention is computed; undefined where it is to be spelled out. */
export type AttendChoice = (value: Value, target: Target) => AttendSchedule | undefined;

/** Chooses by sizes and by the kind of adapter. */
export const attendSchedule: AttendChoice = (value, target) => {
  const { lower } = value.op;
  if (lower.kind !== "fused") return undefined;
  const { template } = lower;
  const use = new Attended(template, value.operands, value.attrs as AttendAttrs);
  const [k, v] = [constantOf(use.size("K")), constantOf(use.size("V"))];
  if (k === undefined || v === undefined || k < 1 || v < 1) return undefined;
  const queries = constantOf(use.size("T")) ?? Infinity;
  return target.adapterClass === "software"
    ? onSoftware(template, queries, k + v)
    : onGpu(template, queries, k + v);
};

/** `width`: channels of a key and of its values together. */
function onGpu(template: Template, queries: number, width: number): AttendSchedule | undefined {
  if (template === "attend" && queries < 16 && width <= 256)
    return { kind: "attend", rows: 1, lanes: 64, stream: { kind: "direct" }, parts: 64 };
  const fit = Math.floor(workgroupBytes / 4 / width);
  if (width > 256) return undefined;
  const tile = Math.min(32, fit);
  return { kind: "attend", rows: 1, lanes: 64, stream: { kind: "shared", tile }, parts: 1 };
}

function onSoftware(
  template: Template,
  queries: number,
  width: number,
): AttendSchedule | undefined {
  if (template === "attend" && queries < 8 && width <= 256)
    return { kind: "attend", rows: 1, lanes: 8, stream: { kind: "direct" }, parts: 8 };
  if (width > 256) return undefined;
  const most = Math.max(1, Math.floor((template === "attend" ? 512 : 256) / width));
  const rows = Math.min(most, 8);
  return { kind: "attend", rows, lanes: 8, stream: { kind: "direct" }, parts: 1 };
}
