// Fused values: which of them have a kernel on a target, and that kernel.
import { InternalError } from "../ir/internal-error.js";
import type { Value } from "../ir/op.js";
import type { LeafSpec } from "../ir/program.js";
import { attendSchedule, type AttendSchedule } from "./attend.js";
import type { BoundLaunch, KernelContext } from "./builder.js";
import type { Choice } from "./choice.js";
import { attendKernels } from "./templates/attend.js";

/** Whether a fused value has a kernel on a target; else it is to be spelled out before it is scheduled. */
export const isScheduled = (value: Value, choice: Choice): boolean =>
  scheduleOf(value, choice) !== "spelled" &&
  value.operands.filter(isFromMemory).length + 1 <= choice.target.storageBuffers;

const scheduleOf = (value: Value, { target, attend }: Choice): AttendSchedule | "spelled" =>
  attend?.(value) ?? attendSchedule(value, target);

/** Whether a value takes a storage buffer to compute: numbers that follow from places and sizes do not. */
function isFromMemory(value: Value): boolean {
  const { kind } = value.op.lower;
  if (kind === "leaf") return (value.attrs as LeafSpec).role !== "scalar";
  return kind === "pointwise" || kind === "view" ? value.operands.some(isFromMemory) : true;
}

/** The launches that compute results of one template on the same operands, under a measured schedule where one is given. */
export function fusedKernels(
  context: KernelContext,
  results: readonly Value[],
  choice: Choice,
  tuned?: AttendSchedule,
): BoundLaunch[] {
  const [first] = results;
  const schedule = tuned ?? (first ? scheduleOf(first, choice) : "spelled");
  if (schedule === "spelled")
    throw new InternalError("what has no kernel was not spelled out", first?.spans);
  return attendKernels(context, results, schedule);
}
