// Puts measured schedules in the place of chosen ones, where the kernel and the target allow them.
import type { Target } from "../../runtime/format.js";
import type { Tuned } from "./choice.js";
import { keyOf } from "./key.js";
import { isAllowed, type ScheduleRecord } from "./record.js";

/** Looks schedules up by the key of a kernel; one that the target does not allow is as good as none. */
export const tunedBy =
  (records: ReadonlyMap<string, ScheduleRecord>, target: Target): Tuned =>
  (spec, isInMemory) => {
    const record = records.get(keyOf(spec, isInMemory) ?? "");
    return record && isAllowed(record, spec, target) ? record : undefined;
  };
