// Fused values: which of them have a kernel on a target, and that kernel.
import type { Target } from "../../runtime/format.js";
import { InternalError } from "../ir/internal-error.js";
import type { Value } from "../ir/op.js";
import type { LeafSpec } from "../ir/program.js";
import type { AttendChoice } from "./attend.js";
import type { BoundLaunch, KernelContext } from "./builder.js";
import { attendKernels } from "./templates/attend.js";

/** Whether a fused value has a kernel on a target; else it is to be spelled out before it is scheduled. */
export const isScheduled = (value: Value, target: Target, choose: AttendChoice): boolean =>
  choose(value, target) !== undefined &&
  value.operands.filter(isFromMemory).length + 1 <= target.storageBuffers;

/** Whether a value takes a storage buffer to compute: numbers that follow from places and sizes do not. */
function isFromMemory(value: Value): boolean {
  const { kind } = value.op.lower;
  if (kind === "leaf") return (value.attrs as LeafSpec).role !== "scalar";
  return kind === "pointwise" || kind === "view" ? value.operands.some(isFromMemory) : true;
}

/** The launches that compute results of one template on the same operands. */
export function fusedKernels(context: KernelContext, results: readonly Value[]): BoundLaunch[] {
  const [first] = results;
  const schedule = first && context.attendSchedule(first);
  if (!schedule) throw new InternalError("what has no kernel was not spelled out", first?.spans);
  return attendKernels(context, results, schedule);
}
