// Chooses how attention is computed: by one kernel that stores no scores, by one that shares each row's keys, or as spelled out.
import type { Target } from "../../runtime/format.js";
import type { Value } from "../ir/op.js";
import { Attended, type AttendAttrs } from "../ops/attend.js";
import { constantOf, numel } from "../types/dim.js";

/** How rows that lanes do not own reach them. */
export type Stream =
  /** Each lane loads what it reads. */
  | { readonly kind: "direct" }
  /** Lanes bring so many rows into workgroup memory at a time. */
  | { readonly kind: "shared"; readonly tile: number }
  /** The workgroup is one subgroup, whose lanes load an element each and hand it round. */
  | { readonly kind: "handed" };

/** Where a lane keeps its rows: an array is gone through in loops, so that the text of a kernel stays short. */
export type Keeping = "registers" | "array";

/** A kernel in which lanes own rows, of queries or of keys, and go through the others. */
export interface AttendSchedule {
  /** Rows that a lane owns. */
  readonly rows: number;
  /** Lanes of a workgroup. */
  readonly lanes: number;
  readonly stream: Stream;
  readonly keeping: Keeping;
  /** Lanes that share the keys of one row; their parts are put together by a second kernel. */
  readonly parts: number;
}

/** Elements of workgroup memory that every device has. */
const sharedElements = 4096;

/** Chooses by sizes and by the kind of adapter. */
export function attendSchedule(value: Value, target: Target): AttendSchedule | "spelled" {
  const { lower } = value.op;
  if (lower.kind !== "fused") return "spelled";
  const use = new Attended(lower.template, value.operands, value.attrs as AttendAttrs);
  const [k, v] = [constantOf(use.size("K")), constantOf(use.size("V"))];
  if (k === undefined || v === undefined || k < 1 || v < 1 || k + v > widest) return "spelled";
  const queries = constantOf(use.size("T")) ?? Infinity;
  const isForward = lower.template === "attend";
  const isFew = isForward && queries < fewQueries;
  return target.adapterClass === "software"
    ? onCpu(target, use, isForward, isFew)
    : onGpu(isFew, k + v);
}

/** Channels of a key and of its values together, beyond which a lane has too little room for a row. */
const widest = 256;

/** Queries below which their keys are shared among lanes. */
const fewQueries = 16;

function onGpu(isFew: boolean, width: number): AttendSchedule {
  if (isFew)
    return { rows: 1, lanes: 64, stream: { kind: "direct" }, keeping: "registers", parts: 64 };
  const tile = Math.min(32, Math.floor(sharedElements / width));
  return { rows: 1, lanes: 64, stream: { kind: "shared", tile }, keeping: "registers", parts: 1 };
}

/** Scores beyond which their memory counts for more than the time of a kernel. */
const manyScores = 2 ** 22;

function onCpu(
  { subgroups }: Target,
  use: Attended,
  isForward: boolean,
  isFew: boolean,
): AttendSchedule | "spelled" {
  const scores = constantOf(numel([...use.batch, use.size("T"), use.size("S")])) ?? Infinity;
  if (isFew || scores < manyScores) return "spelled";
  const { least = 0, most = 0 } = subgroups ?? {};
  const isHanded = least === most && least >= 4;
  const rows = isForward ? 2 : 1;
  const lanes = isHanded ? least : 8;
  const stream: Stream = { kind: isHanded ? "handed" : "direct" };
  return { rows, lanes, stream, keeping: "array", parts: 1 };
}
