// What schedules are chosen by besides sizes.
import type { Target } from "../../runtime/format.js";
import type { Value } from "../ir/op.js";
import type { AttendSchedule } from "./attend.js";
import type { ScheduleRecord } from "./record.js";
import type { KernelSpec } from "./spec.js";

/** For which device kernels are, and what was measured on it. */
export interface Choice {
  readonly target: Target;
  /** Schedules that were measured; for all others one is chosen by sizes and target. */
  readonly tuned?: Tuned | undefined;
  /** How a use of attention is computed, `spelled` where it is to be as it is defined; undefined where that is to be chosen. */
  readonly attend?: ((value: Value) => AttendSchedule | "spelled" | undefined) | undefined;
}

/** A schedule that was found to be better than what would be chosen for a kernel, if there is one. */
export type Tuned = (
  spec: KernelSpec,
  isInMemory: (value: Value) => boolean,
) => ScheduleRecord | undefined;
