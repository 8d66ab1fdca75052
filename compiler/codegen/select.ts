// Chooses how a group is computed, by its sizes and by the kind of adapter.
import type { Target } from "../../runtime/format.js";
import type { BoundLaunch, KernelContext } from "./builder.js";
import type { Choice } from "./choice.js";
import { fusedKernels } from "./fused.js";
import { contractLaunches, contractSchedule, sizesOf } from "./contractions.js";
import { mapSchedule, type ScheduleRecord } from "./record.js";
import { rowsLaunches, rowsSchedule } from "./rows.js";
import type { KernelSpec } from "./spec.js";
import { mapKernel } from "./templates/map.js";
import { scatterKernels } from "./templates/scatter.js";

export type { KernelSpec } from "./spec.js";

/** The launches that compute a spec, in order. */
export function generate(context: KernelContext, spec: KernelSpec, choice: Choice): BoundLaunch[] {
  const { target } = choice;
  const tuned = choice.tuned?.(spec, (value) => context.isInMemory(value));
  switch (spec.kind) {
    case "map": {
      const { workgroupSize } = of("map", tuned) ?? mapSchedule(target);
      return [mapKernel(context, spec.stores, workgroupSize)];
    }
    case "rows": {
      const { rows } = spec;
      return rowsLaunches(context, rows, of("rows", tuned) ?? rowsSchedule(rows, target));
    }
    case "contract": {
      const own = of("contract", tuned) ?? contractSchedule(sizesOf(spec), target);
      return contractLaunches(context, spec, own);
    }
    case "scatter":
      return scatterKernels(context, spec.result, isGpu(target) ? 64 : 16);
    case "fused":
      return fusedKernels(context, spec.results, choice, of("attend", tuned));
  }
}

/** The schedules of each template. */
type Schedules = { readonly [R in ScheduleRecord as R["template"]]: R["schedule"] };

/** The schedule of a record that is one of a template. */
function of<T extends keyof Schedules>(
  template: T,
  record: ScheduleRecord | undefined,
): Schedules[T] | undefined {
  return record?.template === template ? (record.schedule as Schedules[T]) : undefined;
}

/** Whether lanes are no threads of a CPU, where loads and waiting are dear. */
const isGpu = ({ adapterClass }: Target): boolean => adapterClass !== "software";
