// Chooses how attention is computed: by one kernel that stores no scores, by one that shares each row's keys, or as spelled out.
import type { Target } from "../../runtime/format.js";
import type { Value } from "../ir/op.js";
import { Attended, type AttendAttrs } from "../ops/attend.js";
import { constantOf, numel, type Dim } from "../types/dim.js";

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
  return target.adapterClass === "software"
    ? onCpu(target, use, isForward)
    : onGpu(isForward && queries < fewQueries, k + v);
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

/** Scores beyond which their memory counts for more than time. */
const manyScores = 2 ** 22;

/** Queries that lanes of a CPU take at a time, about. */
const leastQueries = 32;

/** Queries from which it saves time to leave out the later half of the keys. */
const skippedQueries = 64;

function onCpu(target: Target, use: Attended, isForward: boolean): AttendSchedule | "spelled" {
  const known = (d: Dim): number => constantOf(d) ?? Infinity;
  const lanes = lanesOf(target);
  const queries = known(use.size("T"));
  // Few lanes hand round little: they gain where half of the pairs need not be visited, and only there.
  const isFast = lanes >= 8 || (lanes > 0 && use.attrs.causal && queries >= skippedQueries);
  const scores = queries * known(use.size("S")) * known(numel(use.batch));
  // Lanes that own rows are idle where rows are few.
  if (queries < leastQueries || (!isFast && scores < manyScores)) return "spelled";
  const width = known(use.size("K")) + known(use.size("V"));
  const rows = Math.max(1, Math.floor(isForward ? 512 / width : 256 / width));
  return {
    rows: Math.min(isForward ? 4 : 2, rows),
    lanes: lanes > 0 ? lanes : 8,
    stream: { kind: lanes > 0 ? "handed" : "direct" },
    keeping: "array",
    parts: 1,
  };
}

/** Lanes of a subgroup that hand each other numbers; 0 where there are none, or too few. */
export function lanesOf({ subgroups }: Target): number {
  if (!subgroups || subgroups.least !== subgroups.most) return 0;
  return subgroups.least >= 4 ? subgroups.least : 0;
}
